"""`omd job`: the operator sees what there is to do and what was given up, and deals with it."""

import json
from datetime import timedelta

import pytest

from omd.db import Database
from omd.entrypoints.cli.job import job_app
from omd.entrypoints.jobs import SEND_MAIL
from omd.infra.jobs import JobQueue, new_job
from omd.infra.keyring import Keyring
from omd.infra.mail import Letter
from omd.kernel.clock import FixedClock
from support.command_line import Terminal
from support.databases import opened
from support.servers import Servers
from support.worlds import Connection, World

LETTER = Letter("password_reset", "ana@grand.example", "Choose a new password", "http://x/#s3cret")


@pytest.fixture
def terminal(servers: Servers, database_name: str, clock: FixedClock) -> Terminal:
    return Terminal(servers, database_name, clock)


@pytest.fixture
async def jobs(servers: Servers, database_name: str, clock: FixedClock, owner_connection: Connection) -> list[int]:
    """A dead letter, and one for later."""
    async with opened(servers, database_name, "omd_relay") as relay:
        queue = JobQueue(relay, keyring=Keyring.parse(Keyring.make_key()), clock=clock)
        await queue.put(new_job(SEND_MAIL, LETTER), new_job(SEND_MAIL, LETTER, key="later", delay=timedelta(days=1)))
    ids = [row[0] for row in await owner_connection.fetch("select id from jobs order by id")]
    await owner_connection.execute("update jobs set status = 'failed' where id = $1", ids[0])
    await owner_connection.execute(
        "insert into job_log (job_id, status, priority, entrypoint, traceback) "
        "select $1, status::job_status, 0, 'send_mail', case status when 'failed' then $2::jsonb end "
        "from unnest(array['picked', 'failed']) status",
        *(ids[0], json.dumps({"exception_message": "the mail server answered 550"})),
    )
    return ids


async def test_what_there_is_to_do_is_listed(terminal: Terminal, jobs: list[int]) -> None:
    printed = await terminal.type(job_app, "list")
    assert "0 due, 0 running, 1 for later, 1 dead; the oldest due job has waited 0 seconds." in printed.stdout
    assert "the mail server answered 550" in printed.stdout
    assert "ana@" not in printed.stdout
    dead = json.loads((await terminal.type(job_app, "list", "--state", "dead", "--json")).stdout)
    assert [(job["id"], job["kind"], job["state"], job["attempts"]) for job in dead["jobs"]] == [
        (jobs[0], "send_mail", "dead", 1)
    ]
    assert dead["figures"]["dead"] == 1


async def test_nothing_to_do_is_said(terminal: Terminal) -> None:
    assert (await terminal.type(job_app, "list")).stdout.startswith("0 due, 0 running, 0 for later, 0 dead")


async def test_a_job_is_shown_step_by_step(terminal: Terminal, jobs: list[int]) -> None:
    printed = await terminal.type(job_app, "show", str(jobs[0]))
    assert f"Job {jobs[0]}, send_mail : dead, attempts: 1." in printed.stdout
    assert "given up" in printed.stdout
    steps = json.loads((await terminal.type(job_app, "show", str(jobs[1]), "--json")).stdout)
    assert [step["step"] for step in steps["steps"]] == ["put in"]
    assert steps["job"]["key"] == "send_mail/later"


async def test_the_dead_are_retried_all_or_none(
    terminal: Terminal, jobs: list[int], owner_connection: Connection
) -> None:
    refused = await terminal.type(job_app, "retry", *map(str, jobs))
    assert refused.exit_code == 1
    assert f"Job {jobs[1]} (send_mail) is waiting: it is attempted by itself." in refused.stderr
    assert await owner_connection.fetchval("select count(*) from jobs where status = 'failed'") == 1
    assert (await terminal.type(job_app, "retry", str(jobs[0]))).stdout == "1 jobs are due again.\n"
    assert await owner_connection.fetchval("select count(*) from jobs where status = 'failed'") == 0


async def test_what_nobody_wants_any_more_is_discarded(
    terminal: Terminal, jobs: list[int], owner_connection: Connection
) -> None:
    assert (await terminal.type(job_app, "discard", *map(str, jobs))).stdout == "2 jobs are forgotten.\n"
    assert await owner_connection.fetchval("select count(*) from jobs") == 0
    printed = await terminal.type(job_app, "show", str(jobs[0]))
    assert "discarded" in printed.stdout
    gone = await terminal.type(job_app, "discard", str(jobs[0]))
    assert gone.exit_code == 1
    assert f"There is no job {jobs[0]}: it is done, or was discarded." in gone.stderr
    assert (await terminal.type(job_app, "show", "999999")).exit_code == 1


async def test_work_of_every_day_is_put_in_at_once_for_everybody(
    terminal: Terminal, owner_connection: Connection, world: World
) -> None:
    for _ in range(2):
        printed = await terminal.type(job_app, "run", "place_waiting")
        assert printed.stdout.startswith("3 jobs are due now")
    rows = await owner_connection.fetch("select convert_from(payload, 'UTF8') as payload from jobs order by id")
    hotels = {json.loads(row["payload"])["business_id"] for row in rows}
    assert (len(rows), hotels) == (6, {world.grand.id, world.lodge.id, world.harbour.id})
    refused = await terminal.type(job_app, "run", "make_coffee")
    assert (refused.exit_code, "roll_horizon" in refused.stderr) == (1, True)


async def test_a_hotel_says_at_which_hour_its_night_work_is_due(
    terminal: Terminal, owner_connection: Connection, world: World
) -> None:
    told = await terminal.type(job_app, "hour", "alpha/grand")
    assert told.stdout == "The work of the night of alpha/grand is due at 04:00, Europe/Bucharest.\n"
    assert "02:00" in (await terminal.type(job_app, "hour", "alpha/grand", "2")).stdout
    rows = await owner_connection.fetch("select id, night_hour from businesses order by id")
    assert {row[0]: row[1] for row in rows} == {world.grand.id: 2, world.lodge.id: 4, world.harbour.id: 4}
    assert (await terminal.type(job_app, "hour", "alpha/grand", "24")).exit_code == 2
    assert (await terminal.type(job_app, "hour", "beta/grand", "3")).exit_code == 1


async def test_the_database_takes_no_hour_that_is_none(maintenance_db: Database, owner_connection: Connection) -> None:
    with pytest.raises(Exception, match="businesses_night_hour_known"):
        await owner_connection.execute("update businesses set night_hour = 24")
