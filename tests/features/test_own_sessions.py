"""Sessions of people: switched between destinations, without Redis, and what people read of their own."""

import asyncio
from datetime import timedelta
from pathlib import Path

from omd.db import Database
from omd.infra.embedded_redis import EmbeddedRedis
from omd.kernel.clock import FixedClock
from support.browsers import API, Site
from support.front_desk import problem_of
from support.parties import Tokens
from support.worlds import NOW, Connection, World

ANA = "ana@grand.example"
SECOND = timedelta(seconds=1)


async def test_who_works_in_two_destinations_switches(site: Site, ana: int, world: World) -> None:
    await site.give_role(ana, world.beta.id, world.harbour.id, "manager")
    browser = await site.signed_in(ANA)
    assert (await browser.ask("GET", f"/businesses/{world.grand.id}")).status_code == 200
    problem_of(await browser.ask("GET", f"/businesses/{world.harbour.id}"), 404, "not_found")
    switched = await browser.ask("POST", "/session/switch", {"omd_id": world.beta.id})
    assert switched.status_code == 200, switched.text
    assert switched.json()["working_omd_id"] == world.beta.id
    assert (await browser.ask("GET", f"/businesses/{world.harbour.id}")).status_code == 200
    problem_of(await browser.ask("GET", f"/businesses/{world.grand.id}"), 404, "not_found")


async def test_nobody_switches_to_a_destination_that_is_not_theirs(site: Site, ana: int, world: World) -> None:
    browser = await site.signed_in(ANA)
    foreign = await browser.ask("POST", "/session/switch", {"omd_id": world.beta.id})
    nowhere = await browser.ask("POST", "/session/switch", {"omd_id": 2147483647})
    problem_of(foreign, 404, "not_found")
    assert foreign.text.replace(str(world.beta.id), "") == nowhere.text.replace("2147483647", "")


async def test_a_destination_that_somebody_left_is_none_they_work_in(site: Site, ana: int, world: World) -> None:
    await site.give_role(ana, world.beta.id, world.harbour.id, "manager")
    browser = await site.signed_in(ANA)
    await browser.ask("POST", "/session/switch", {"omd_id": world.beta.id})
    await site.owner.execute(
        "update memberships set ended_at = now(), ended_by = 'test' where omd_id = $1", world.beta.id
    )
    site.clock.set(NOW + SECOND)
    assert (await browser.ask("GET", "/session")).json()["working_omd_id"] == world.alpha.id
    problem_of(await browser.ask("GET", f"/businesses/{world.harbour.id}"), 404, "not_found")


async def test_a_person_without_a_role_reads_who_they_are_and_nothing_else(site: Site, world: World) -> None:
    await site.person("new@example.com")
    browser = await site.signed_in("new@example.com")
    told = (await browser.ask("GET", "/session")).json()
    assert (told["memberships"], told["working_omd_id"]) == ([], None)
    problem_of(await browser.ask("GET", f"/businesses/{world.grand.id}"), 403, "not_allowed")


async def test_a_program_has_no_session(site: Site, tokens: Tokens) -> None:
    answer = await site.browser().client.get(f"{API}/session", headers=tokens.of("grand"))
    problem_of(answer, 403, "not_allowed")


async def test_sessions_go_on_when_redis_is_killed(
    db: Database, owner_connection: Connection, clock: FixedClock, tmp_path: Path, world: World
) -> None:
    with EmbeddedRedis(tmp_path / "redis") as server:
        site = Site(db=db, owner=owner_connection, clock=clock, redis_url=server.url, mail=tmp_path / "mail")
        async with site.open():
            user_id = await site.person(ANA)
            await site.give_role(user_id, world.alpha.id, world.grand.id, "receptionist")
            browser, idle = await site.signed_in(ANA), await site.signed_in(ANA)
            await asyncio.to_thread(server.kill)
            for minute in (1, 2, 3):
                clock.set(NOW + timedelta(minutes=minute))
                assert (await browser.ask("GET", f"/businesses/{world.grand.id}")).status_code == 200
            second = await site.signed_in(ANA)
            assert (await browser.ask("DELETE", "/sessions")).status_code == 204
            for each in (browser, idle, second):
                assert not await each.is_signed_in()
            refused = [(await site.browser().sign_in(ANA, "wrong wrong wrong")).status_code for _ in range(6)]
            assert refused == [401] * 5 + [429], "attempts are counted here, too"


async def test_a_restarted_redis_brings_no_session_back(
    db: Database, owner_connection: Connection, clock: FixedClock, tmp_path: Path
) -> None:
    with EmbeddedRedis(tmp_path / "redis") as server:
        site = Site(db=db, owner=owner_connection, clock=clock, redis_url=server.url, mail=tmp_path / "mail")
        async with site.open():
            await site.person(ANA)
            browser, other = await site.signed_in(ANA), await site.signed_in(ANA)
            await asyncio.to_thread(server.kill)
            assert (await browser.ask("DELETE", "/sessions")).status_code == 204
            await asyncio.to_thread(server.start)
            assert not await other.is_signed_in()


async def test_people_read_what_happened_to_their_account_and_to_no_other(site: Site, ana: int) -> None:
    await site.person("other@example.com")
    await site.browser().sign_in(ANA, "not the password")
    browser = await site.signed_in(ANA)
    await site.signed_in("other@example.com")
    listed = (await browser.ask("GET", "/me/activity")).json()
    assert [(each["kind"], each["outcome"]) for each in listed] == [
        ("sign_in", "ok"),
        ("sign_in", "sign_in_refused"),
        ("invitation", "ok"),
    ]
    assert {each["address"] for each in listed} == {"192.0.2.7"}
    page = await browser.ask("GET", "/me/activity?limit=2")
    assert [each["kind"] for each in page.json()] == ["sign_in", "sign_in"]
    following = page.headers["Link"].split(">")[0].removeprefix("<").removeprefix(API)
    assert [each["kind"] for each in (await browser.ask("GET", following)).json()] == ["invitation"]


async def test_people_see_where_they_are_signed_in(site: Site, ana: int) -> None:
    await site.signed_in(ANA, address="198.51.100.9")
    browser = await site.signed_in(ANA)
    listed = (await browser.ask("GET", "/me/sessions")).json()
    assert {each["address"] for each in listed} == {"192.0.2.7", "198.51.100.9"}
    assert "token" not in str(listed)
