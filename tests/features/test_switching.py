"""Working in several destinations: switching between them, on every server at once."""

from datetime import timedelta

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.browsers import API, Site
from support.front_desk import problem_of
from support.served_app import served
from support.worlds import NOW, World

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


async def test_a_switch_holds_on_every_server_at_once(
    site: Site, ana: int, world: World, db: Database, clock: FixedClock, redis_url: str
) -> None:
    await site.give_role(ana, world.beta.id, world.harbour.id, "manager")
    browser = await site.signed_in(ANA)
    async with served(db, clock, redis_url) as elsewhere:

        async def status_elsewhere(business_id: int) -> int:
            held = {"Cookie": f"omd_session={browser.session_cookie}"}
            answer = await elsewhere.get(f"{API}/businesses/{business_id}", headers=held)
            return answer.status_code

        assert await status_elsewhere(world.grand.id) == 200, "the other server remembers the session"
        assert (await browser.ask("POST", "/session/switch", {"omd_id": world.beta.id})).status_code == 200
        assert (await status_elsewhere(world.harbour.id), await status_elsewhere(world.grand.id)) == (200, 404)
        assert (await browser.ask("POST", "/session/switch", {"omd_id": world.alpha.id})).status_code == 200
        assert (await status_elsewhere(world.harbour.id), await status_elsewhere(world.grand.id)) == (404, 200)


async def test_a_switch_makes_no_session_longer_newer_or_stronger(
    site: Site, ana: int, world: World, clock: FixedClock
) -> None:
    browser = await site.signed_in(ANA)
    before, cookie = (await browser.ask("GET", "/session")).json(), browser.session_cookie
    clock.set(NOW + timedelta(minutes=20))
    answer = await browser.ask("POST", "/session/switch", {"omd_id": world.alpha.id})
    assert answer.json()["expires_at"] == before["expires_at"]
    assert (await browser.ask("GET", "/me/sessions")).json()[0]["created_at"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    problem_of(await browser.ask("POST", "/me/second-factor"), 403, "sign_in_again")
    assert browser.session_cookie != cookie
    clock.set(clock.now() + SECOND)
    former = await site.browser().ask("GET", "/session", None, Cookie=f"omd_session={cookie}")
    problem_of(former, 401, "not_authenticated")
    assert len((await browser.ask("GET", "/me/sessions")).json()) == 1


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
