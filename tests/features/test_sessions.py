"""Sessions of people: begun, used, switched, and over when they must be."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from prometheus_client import REGISTRY

from omd.db import Database
from omd.features.identity import SessionRules
from omd.kernel.clock import FixedClock
from support.browsers import API, Browser, Site, one_stay
from support.front_desk import problem_of
from support.logs import lines, logged
from support.parties import Tokens
from support.worlds import NOW, Connection, World

ANA = "ana@grand.example"
SECOND = timedelta(seconds=1)


async def test_a_receptionist_signs_in_books_and_signs_out(site: Site, ana: int, world: World) -> None:
    browser = await site.signed_in(ANA)
    told = (await browser.ask("GET", "/session")).json()
    assert told["user"]["email"] == ANA
    (held,) = told["memberships"]
    assert (held["omd_id"], held["business_id"], held["role"]) == (world.alpha.id, world.grand.id, "receptionist")
    (hotel,) = told["permissions"]["hotels"]
    assert "reservations.create" in hotel["actions"]
    assert "staff.write" not in hotel["actions"]
    booked = await browser.ask("POST", f"/businesses/{world.grand.id}/reservations", one_stay(world))
    assert booked.status_code == 201, booked.text
    assert await site.owner.fetchval("select actor from events order by seq desc limit 1") == f"user:{ana}"
    problem_of(await browser.ask("GET", f"/businesses/{world.lodge.id}"), 404, "not_found")
    assert (await browser.ask("DELETE", "/session")).status_code == 204
    assert browser.session_cookie is None
    problem_of(await browser.ask("GET", "/session"), 401, "not_authenticated")


async def test_a_role_bounds_what_a_session_does(site: Site, world: World) -> None:
    user_id = await site.person("h@grand.example")
    await site.give_role(user_id, world.alpha.id, world.grand.id, "housekeeper")
    browser = await site.signed_in("h@grand.example")
    assert (await browser.ask("GET", f"/businesses/{world.grand.id}/rooms")).status_code == 200
    refused = await browser.ask("POST", f"/businesses/{world.grand.id}/reservations", one_stay(world))
    problem_of(refused, 403, "not_allowed")
    assert "housekeeper" in refused.json()["detail"]


async def test_a_destinations_analyst_sees_rooms_and_no_guest(site: Site, world: World) -> None:
    user_id = await site.person("omd@alpha.example")
    await site.give_role(user_id, world.alpha.id, None, "omd_analyst")
    browser = await site.signed_in("omd@alpha.example")
    listed = await browser.ask("GET", f"/omds/{world.alpha.id}/businesses")
    assert {each["id"] for each in listed.json()} == {world.grand.id, world.lodge.id}
    problem_of(await browser.ask("GET", f"/businesses/{world.grand.id}/reservations"), 403, "not_allowed")


async def test_the_cookie_on_this_machine_needs_no_https(site: Site, ana: int) -> None:
    browser = site.browser()
    cookie = (await browser.sign_in(ANA)).headers["Set-Cookie"]
    assert cookie.startswith("omd_session=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=43200"} <= parts
    assert "secure" not in parts
    assert not any(part.startswith("domain") for part in parts)


async def test_the_cookie_elsewhere_goes_over_https_to_this_host_alone(
    db: Database, owner_connection: Connection, clock: FixedClock, redis_url: str, tmp_path: Path, world: World
) -> None:
    hotel_site = "https://rooms.example"
    site = Site(db=db, owner=owner_connection, clock=clock, redis_url=redis_url, public_url=hotel_site)
    async with site.open():
        await site.person(ANA)
        browser = site.browser()
        cookie = (await browser.sign_in(ANA)).headers["Set-Cookie"]
        assert cookie.startswith("__Host-omd_session=")
        assert "secure" in {part.strip().lower() for part in cookie.split(";")[1:]}
        assert await browser.is_signed_in()
        plain = Browser(site.app, site=hotel_site)
        plain.client.cookies.set("omd_session", browser.session_cookie or "")
        assert not await plain.is_signed_in(), "a cookie that a subdomain could have set is not believed"
        await plain.client.aclose()


async def test_only_the_hash_of_a_session_is_kept(site: Site, ana: int, redis_url: str) -> None:
    browser = await site.signed_in(ANA)
    token = browser.session_cookie
    assert token is not None
    assert len(token) == 43
    rows = await site.owner.fetch("select s::text as text from user_sessions s")
    assert all(token not in row["text"] for row in rows)
    with redis.Redis.from_url(redis_url) as client:
        kept = {key: client.get(key) for key in client.keys("omd:session:*")}
    assert len(kept) == 1
    for key, value in kept.items():
        assert token.encode() not in key + value
        assert b"Popescu" not in value
        assert ANA.encode() not in value


async def test_signing_in_gives_a_new_session_and_ends_the_old_one(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    first = browser.session_cookie
    other = site.browser()
    other.client.cookies.set("omd_session", first or "")
    assert await other.is_signed_in()
    assert (await browser.sign_in(ANA)).status_code == 200
    assert browser.session_cookie not in (None, first)
    site.clock.set(NOW + SECOND)
    assert not await other.is_signed_in(), "a session that was planted or stolen before is worth nothing now"


async def test_a_planted_session_is_not_taken_over(site: Site, ana: int) -> None:
    browser = site.browser()
    planted = "A" * 43
    browser.client.cookies.set("omd_session", planted, domain="127.0.0.1", path="/")
    assert (await browser.sign_in(ANA)).status_code == 200
    assert await site.owner.fetchval("select count(*) from user_sessions where token_hash = sha256($1)", b"A" * 43) == 0


FORGED = {
    "empty": "",
    "short": "abc",
    "invented": "x" * 43,
    "long": "x" * 5000,
    "quote": "' or true --" + "x" * 31,
    "nul": "%00" * 20,
}


@pytest.mark.parametrize("cookie", FORGED.values(), ids=FORGED)
async def test_forged_cookies_open_nothing_and_are_counted(site: Site, ana: int, cookie: str) -> None:
    counted = {"code": "not_authenticated"}
    before = REGISTRY.get_sample_value("omd_requests_refused_total", counted) or 0.0
    with logged() as written:
        answer = await site.browser().ask("GET", "/session", None, Cookie=f"omd_session={cookie}")
    problem_of(answer, 401, "not_authenticated")
    assert REGISTRY.get_sample_value("omd_requests_refused_total", counted) == before + 1
    (line,) = lines(written, "request_refused")
    assert (line["code"], line["operation"], line["address"]) == ("not_authenticated", "getSession", "192.0.2.7")
    assert cookie not in written.getvalue() or len(cookie) < 4


async def test_one_changed_letter_opens_nothing(site: Site, ana: int) -> None:
    token = (await site.signed_in(ANA)).session_cookie or ""
    for at in (0, 21, 41):
        other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        answer = await site.browser().ask("GET", "/session", None, Cookie=f"omd_session={other}")
        problem_of(answer, 401, "not_authenticated")


async def test_a_session_that_nobody_uses_is_over_after_half_an_hour(site: Site, ana: int) -> None:
    used, unused = await site.signed_in(ANA), await site.signed_in(ANA)
    site.clock.set(NOW + timedelta(minutes=29))
    assert await used.is_signed_in()
    site.clock.set(NOW + timedelta(minutes=30))
    assert await used.is_signed_in()
    assert not await unused.is_signed_in()
    site.clock.set(NOW + timedelta(minutes=59, seconds=59))
    assert await used.is_signed_in(), "half an hour from its last use"
    site.clock.set(NOW + timedelta(minutes=90))
    assert not await used.is_signed_in()


async def test_using_a_session_is_noted_once_a_minute(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)

    async def noted() -> object:
        return await site.owner.fetchval("select last_seen_at from user_sessions where ended_at is null")

    for seconds, expected in ((0, 0), (59, 0), (60, 60), (61, 60), (119, 60), (125, 125)):
        site.clock.set(NOW + timedelta(seconds=seconds))
        assert await browser.is_signed_in()
        assert await noted() == NOW + timedelta(seconds=expected)


async def test_a_session_is_over_after_twelve_hours_however_busy(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    for minutes in range(20, 720, 20):
        site.clock.set(NOW + timedelta(minutes=minutes))
        assert await browser.is_signed_in()
    site.clock.set(NOW + timedelta(hours=12))
    assert not await browser.is_signed_in()


async def test_the_times_can_be_set(
    db: Database, owner_connection: Connection, clock: FixedClock, redis_url: str, tmp_path: Path
) -> None:
    rules = SessionRules(idle=timedelta(minutes=5), lasts=timedelta(minutes=8))
    site = Site(db=db, owner=owner_connection, clock=clock, redis_url=redis_url, rules=rules)
    async with site.open():
        await site.person(ANA)
        browser = await site.signed_in(ANA)
        clock.set(NOW + timedelta(minutes=4))
        assert await browser.is_signed_in()
        clock.set(NOW + timedelta(minutes=8))
        assert not await browser.is_signed_in()


async def test_signing_out_everywhere_ends_every_session_within_a_second(site: Site, ana: int) -> None:
    here, there = await site.signed_in(ANA), await site.signed_in(ANA)
    assert await there.is_signed_in()
    assert (await here.ask("DELETE", "/sessions")).status_code == 204
    assert not await here.is_signed_in()
    assert not await there.is_signed_in()
    assert await (await site.signed_in(ANA)).is_signed_in(), "who signs in again is in"


@pytest.fixture
async def second_server(site: Site, redis_url: str) -> AsyncIterator[Site]:
    """Another server of the same API: other memory, same Redis and database."""
    other = Site(db=site.db, owner=site.owner, clock=site.clock, redis_url=redis_url)
    async with other.open():
        yield other


def also_at(server: Site, browser: Browser) -> Browser:
    """Return the same session at another server."""
    other = server.browser()
    other.client.cookies.set("omd_session", browser.session_cookie or "")
    return other


async def test_a_session_ended_at_one_server_is_over_at_the_other_within_a_second(
    site: Site, second_server: Site, ana: int
) -> None:
    browser = await site.signed_in(ANA)
    there = also_at(second_server, browser)
    assert await there.is_signed_in()
    assert (await browser.ask("DELETE", "/session")).status_code == 204
    site.clock.set(NOW + timedelta(milliseconds=999))
    assert await there.is_signed_in(), "remembered, not asked again"
    site.clock.set(NOW + SECOND)
    assert not await there.is_signed_in()


async def test_a_copy_in_redis_does_not_survive_what_redis_was_not_told(
    site: Site, second_server: Site, ana: int, redis_url: str
) -> None:
    """A session is ended past every server, as by hand: a copy lets it in once more, for a second."""
    browser = await site.signed_in(ANA)
    await site.owner.execute("update user_sessions set ended_at = $1", NOW)
    there = also_at(second_server, browser)
    assert await there.is_signed_in(), "the copy answers first"
    site.clock.set(NOW + SECOND)
    assert not await there.is_signed_in()
    fresh = also_at(site, browser)
    assert not await fresh.is_signed_in(), "and the copy is not believed any more, anywhere"


async def test_a_copy_under_way_cannot_bring_an_ended_session_back(site: Site, ana: int, redis_url: str) -> None:
    """The copy that a reader took before the end is put back after it: nobody believes it."""
    browser = await site.signed_in(ANA)
    token = browser.session_cookie
    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.keys("omd:session:*")
        stale = client.get(key)
        assert stale is not None
        assert (await browser.ask("DELETE", "/session")).status_code == 204
        client.set(key, stale, ex=60)
    answer = await site.browser().ask("GET", "/session", None, Cookie=f"omd_session={token}")
    problem_of(answer, 401, "not_authenticated")


async def test_twin_the_same_copy_without_the_mark_would_be_believed(site: Site, ana: int, redis_url: str) -> None:
    browser = await site.signed_in(ANA)
    token = browser.session_cookie
    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.keys("omd:session:*")
        stale = client.get(key)
        assert stale is not None
        assert (await browser.ask("DELETE", "/session")).status_code == 204
        client.delete(f"omd:changed:{ana}")
        client.set(key, stale, ex=60)
    assert (await site.browser().ask("GET", "/session", None, Cookie=f"omd_session={token}")).status_code == 200


async def test_a_role_that_ended_is_gone_within_a_second(
    site: Site, second_server: Site, ana: int, world: World
) -> None:
    browser = await site.signed_in(ANA)
    hotel = f"/businesses/{world.grand.id}"
    there = also_at(second_server, browser)
    assert (await there.ask("GET", hotel)).status_code == 200
    await site.end_roles(ana)
    site.clock.set(NOW + SECOND)
    for each in (browser, there):
        answer = await each.ask("GET", hotel)
        problem_of(answer, 403, "not_allowed")


async def test_a_hotel_that_joins_is_seen_by_its_destination_within_a_second(site: Site, world: World) -> None:
    user_id = await site.person("omd@alpha.example")
    await site.give_role(user_id, world.alpha.id, None, "omd_administrator")
    browser = await site.signed_in("omd@alpha.example")
    assert len((await browser.ask("GET", f"/omds/{world.alpha.id}/businesses")).json()) == 2
    await site.owner.execute(
        "insert into businesses (omd_id, code, name, time_zone, currency) "
        "values ($1, 'new', 'New', 'Europe/Bucharest', 'RON')",
        world.alpha.id,
    )
    site.clock.set(NOW + SECOND)
    assert len((await browser.ask("GET", f"/omds/{world.alpha.id}/businesses")).json()) == 3


async def test_a_disabled_user_is_out_within_a_second(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    await site.owner.execute("update users set disabled_at = now()")
    site.clock.set(NOW + SECOND)
    assert not await browser.is_signed_in()
    problem_of(await site.browser().sign_in(ANA), 401, "sign_in_refused")


async def test_a_person_without_a_role_reads_who_they_are_and_nothing_else(site: Site, world: World) -> None:
    await site.person("new@example.com")
    browser = await site.signed_in("new@example.com")
    told = (await browser.ask("GET", "/session")).json()
    assert (told["memberships"], told["working_omd_id"]) == ([], None)
    refused = await browser.ask("GET", f"/businesses/{world.grand.id}")
    problem_of(refused, 403, "not_allowed")
    assert "key" not in refused.json()["detail"], "a person has roles, not scopes"


async def test_a_program_has_no_session(site: Site, tokens: Tokens) -> None:
    answer = await site.browser().client.get(f"{API}/session", headers=tokens.of("grand"))
    problem_of(answer, 403, "not_allowed")


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
