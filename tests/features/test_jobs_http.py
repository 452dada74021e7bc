"""Jobs over HTTP: the operator of the platform sees them and deals with those that were given up; nobody else does."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from omd.db import Database
from omd.infra.jobs import JobQueue, new_job
from omd.kernel.clock import FixedClock
from support.front_desk import problem_of
from support.jobs import PAGE, Page
from support.persons import Headers, Persons
from support.served_app import served
from support.worlds import Connection, World

API = "/api/v1/jobs"


@pytest.fixture
async def platform(
    db: Database, relay: Database, clock: FixedClock, redis_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    """The application of a server that reaches the jobs."""
    async with served(db, clock, redis_url, events=relay) as client:
        yield client


@pytest.fixture
async def operator(persons: Persons) -> Headers:
    """Olaf, who runs the platform."""
    return await persons.headers("olaf", operator=True)


@pytest.fixture
async def put_in(queue: JobQueue, owner_connection: Connection) -> list[int]:
    """A dead job with why, one for later and one that is due."""
    later = new_job(PAGE, Page("b"), key="later", delay=timedelta(days=1))
    await queue.put(new_job(PAGE, Page("a")), later, new_job(PAGE, Page("c")))
    ids = [row[0] for row in await owner_connection.fetch("select id from jobs order by id")]
    await owner_connection.execute("update jobs set status = 'failed' where id = $1", ids[0])
    await owner_connection.execute(
        "insert into job_log (job_id, status, priority, entrypoint, traceback) "
        "select $1, status::job_status, 0, $3, case status when 'failed' then $2::jsonb end "
        "from unnest(array['picked', 'failed']) status",
        *(ids[0], json.dumps({"exception_message": "the pager is broken"}), PAGE.name),
    )
    return ids


async def test_the_operator_reads_jobs_page_by_page(
    platform: httpx.AsyncClient, operator: Headers, put_in: list[int]
) -> None:
    first = await platform.get(API, params={"limit": 2}, headers=operator)
    assert [(each["id"], each["state"]) for each in first.json()] == [(put_in[2], "due"), (put_in[1], "waiting")]
    last = await platform.get(first.links["next"]["url"], headers=operator)
    (dead,) = last.json()
    assert (dead["id"], dead["state"], dead["attempts"]) == (put_in[0], "dead", 1)
    assert dead["last_error"] == "the pager is broken"
    assert "next" not in last.links

    async def found(**query: str) -> list[int]:
        return [each["id"] for each in (await platform.get(API, params=query, headers=operator)).json()]

    assert await found(state="dead") == [put_in[0]]
    assert await found(state="dead", kind="send_mail") == []
    assert await found(kind=PAGE.name) == put_in[::-1]
    problem_of(await platform.get(API, params={"state": "lost"}, headers=operator), 422, "invalid_input")

    shown = (await platform.get(f"{API}/{put_in[0]}", headers=operator)).json()
    assert shown["job"] == dead
    assert [(each["step"], each["error"]) for each in shown["steps"]] == [
        ("put in", None),
        ("taken", None),
        ("given up", "the pager is broken"),
    ]
    problem_of(await platform.get(f"{API}/{2**53 - 1}", headers=operator), 404, "job_not_found")


async def test_a_dead_job_is_retried_once(platform: httpx.AsyncClient, operator: Headers, put_in: list[int]) -> None:
    keyed = {**operator, "Idempotency-Key": "again"}
    done = await platform.post(f"{API}/{put_in[0]}/retry", headers=keyed)
    assert (done.status_code, done.json()["job"]["state"]) == (200, "due")
    again = await platform.post(f"{API}/{put_in[0]}/retry", headers=keyed)
    assert (again.status_code, again.content) == (200, done.content)
    problem_of(await platform.post(f"{API}/{put_in[0]}/retry", headers=operator), 409, "job_not_dead")
    problem_of(await platform.post(f"{API}/{put_in[2]}/retry", headers=operator), 409, "job_not_dead")
    assert (await platform.get(f"{API}/{put_in[0]}", headers=operator)).json()["job"]["state"] == "due"


async def test_a_job_is_discarded_for_good_unless_a_worker_is_at_it(
    platform: httpx.AsyncClient, operator: Headers, put_in: list[int], owner_connection: Connection
) -> None:
    done = await platform.delete(f"{API}/{put_in[0]}", headers=operator)
    assert (done.status_code, done.json()) == (200, {"id": put_in[0], "job": None})
    problem_of(await platform.delete(f"{API}/{put_in[0]}", headers=operator), 404, "job_not_found")
    shown = (await platform.get(f"{API}/{put_in[0]}", headers=operator)).json()
    assert (shown["job"], shown["steps"][-1]["step"]) == (None, "discarded")
    await owner_connection.execute("update jobs set status = 'picked' where id = $1", put_in[2])
    problem_of(await platform.delete(f"{API}/{put_in[2]}", headers=operator), 409, "job_under_way")
    left = await owner_connection.fetch("select id from jobs order by id")
    assert [row["id"] for row in left] == put_in[1:]


async def test_nobody_but_the_operator_comes_near_jobs(
    platform: httpx.AsyncClient, persons: Persons, world: World, put_in: list[int], owner_connection: Connection
) -> None:
    for name, role, place in (("olga", "owner", world.grand), ("alma", "omd_administrator", world.alpha)):
        headers = await persons.headers(name, (role, place))
        for method, path in (
            ("GET", API),
            ("GET", f"{API}/{put_in[0]}"),
            ("POST", f"{API}/{put_in[0]}/retry"),
            ("DELETE", f"{API}/{put_in[0]}"),
        ):
            problem_of(await platform.request(method, path, headers=headers), 403, "not_allowed")
    assert await owner_connection.fetchval("select status from jobs where id = $1", put_in[0]) == "failed"


async def test_a_server_that_follows_no_events_says_so(client: httpx.AsyncClient, operator: Headers) -> None:
    problem_of(await client.get(API, headers=operator), 503, "database_unavailable")
