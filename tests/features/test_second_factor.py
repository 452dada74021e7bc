"""The second factor: codes of an app, each once, and what stands in for a lost one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from omd.db import Database
from omd.infra.keyring import Keyring
from omd.kernel.clock import FixedClock
from support.browsers import OTHER_PASSWORD, Browser, Site
from support.front_desk import problem_of
from support.worlds import NOW, Connection

ANA = "ana@grand.example"


async def second_factor(site: Site, browser: Browser) -> tuple[str, list[str]]:
    """Set up a second factor; return its secret and the recovery codes."""
    begun = await browser.ask("POST", "/me/second-factor")
    assert begun.status_code == 200, begun.text
    secret = begun.json()["secret"]
    assert pyotp.parse_uri(begun.json()["uri"]).name == ANA
    confirmed = await browser.ask("POST", "/me/second-factor/confirm", {"code": code_of(site, secret)})
    assert confirmed.status_code == 200, confirmed.text
    return secret, confirmed.json()["recovery_codes"]


def code_of(site: Site, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(site.clock.now(), counter_offset=steps)


async def test_with_a_second_factor_a_password_is_not_enough(site: Site, ana: int) -> None:
    browser, other = await site.signed_in(ANA), await site.signed_in(ANA)
    before = browser.session_cookie
    secret, codes = await second_factor(site, browser)
    assert len(set(codes)) == 10
    assert browser.session_cookie != before, "a session of another strength is another session"
    assert (await browser.ask("GET", "/session")).json()["second_factor"] is True
    assert not await other.is_signed_in()
    fresh = site.browser()
    problem_of(await fresh.sign_in(ANA), 401, "second_factor_required")
    assert fresh.session_cookie is None
    problem_of(await fresh.sign_in(ANA, OTHER_PASSWORD), 401, "sign_in_refused")
    site.clock.set(NOW + timedelta(seconds=30))
    assert (await fresh.sign_in(ANA, code=code_of(site, secret))).status_code == 200
    assert (await fresh.ask("GET", "/session")).json()["user"]["has_second_factor"] is True


async def test_the_secret_lies_encrypted_and_bound_to_its_person(site: Site, ana: int) -> None:
    secret, _ = await second_factor(site, await site.signed_in(ANA))
    kept = await site.owner.fetchval("select totp_secret from user_credentials where user_id = $1", ana)
    assert secret.encode() not in kept
    rows = await site.owner.fetch("select t::text as text from user_recovery_codes t")
    assert len(rows) == 10


async def test_a_second_factor_moves_to_the_newest_key_when_it_is_used(
    ana: int, db: Database, owner_connection: Connection, clock: FixedClock, redis_url: str, tmp_path: Path
) -> None:
    older, newer = Keyring.make_key(), Keyring.make_key()

    @asynccontextmanager
    async def with_keys(keys: str) -> AsyncIterator[Site]:
        other = Site(
            db=db,
            owner=owner_connection,
            clock=clock,
            redis_url=redis_url,
            keyring=Keyring.parse(keys),
        )
        async with other.open():
            yield other

    async with with_keys(older) as before:
        secret, recovery = await second_factor(before, await before.signed_in(ANA))
    clock.set(NOW + timedelta(minutes=1))
    async with with_keys(newer) as forgetful:
        refused = await forgetful.browser().sign_in(ANA, code=code_of(forgetful, secret))
        problem_of(refused, 500, "secret_unreadable")
        assert (await forgetful.browser().sign_in(ANA, recovery_code=recovery[0])).status_code == 200
    async with with_keys(f"{newer},{older}") as rotating:
        assert (await rotating.browser().sign_in(ANA, code=code_of(rotating, secret))).status_code == 200
    async with with_keys(newer) as rotated:
        clock.set(NOW + timedelta(minutes=2))
        assert (await rotated.browser().sign_in(ANA, code=code_of(rotated, secret))).status_code == 200


async def test_a_code_is_taken_once(site: Site, ana: int) -> None:
    secret, _ = await second_factor(site, await site.signed_in(ANA))
    problem_of(await site.browser().sign_in(ANA, code=code_of(site, secret)), 401, "sign_in_refused")
    site.clock.set(NOW + timedelta(seconds=30))
    code = code_of(site, secret)
    assert (await site.browser().sign_in(ANA, code=code)).status_code == 200
    problem_of(await site.browser().sign_in(ANA, code=code), 401, "sign_in_refused")
    older = code_of(site, secret, -1)
    problem_of(await site.browser().sign_in(ANA, code=older), 401, "sign_in_refused")


async def test_one_code_shown_by_many_at_once_lets_one_in(site: Site, ana: int) -> None:
    secret, _ = await second_factor(site, await site.signed_in(ANA))
    site.clock.set(NOW + timedelta(seconds=30))
    code = code_of(site, secret)
    browsers = [site.browser(address=f"198.51.100.{n}") for n in range(8)]
    answers = await asyncio.gather(*(each.sign_in(ANA, code=code) for each in browsers))
    assert sorted(each.status_code for each in answers) == [200] + [401] * 7


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
async def test_clocks_may_be_half_a_minute_apart_and_no_more(site: Site, ana: int, steps: int, status: int) -> None:
    secret, _ = await second_factor(site, await site.signed_in(ANA))
    site.clock.set(NOW + timedelta(minutes=5))
    assert (await site.browser().sign_in(ANA, code=code_of(site, secret, steps))).status_code == status


async def test_guessing_codes_is_throttled(site: Site, ana: int) -> None:
    await second_factor(site, await site.signed_in(ANA))
    browser = site.browser()
    statuses = [(await browser.sign_in(ANA, code=f"{n:06}")).status_code for n in range(8)]
    assert statuses == [401] * 5 + [429] * 3


async def test_a_recovery_code_stands_in_once_however_it_is_typed(site: Site, ana: int) -> None:
    _, codes = await second_factor(site, await site.signed_in(ANA))
    typed = codes[0].lower().replace("-", " ")
    assert (await site.browser().sign_in(ANA, recovery_code=typed)).status_code == 200
    problem_of(await site.browser().sign_in(ANA, recovery_code=codes[0]), 401, "sign_in_refused")
    browser = site.browser()
    assert (await browser.sign_in(ANA, recovery_code=codes[1])).status_code == 200
    assert (await browser.ask("GET", "/session")).json()["user"]["recovery_codes_left"] == 8


async def test_a_wrong_first_code_confirms_nothing(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    problem_of(await browser.ask("POST", "/me/second-factor/confirm", {"code": "123456"}), 409, "no_second_factor")
    secret = (await browser.ask("POST", "/me/second-factor")).json()["secret"]
    wrong = f"{(int(code_of(site, secret)) + 1) % 1_000_000:06}"
    answer = await browser.ask("POST", "/me/second-factor/confirm", {"code": wrong})
    problem_of(answer, 422, "invalid_input")
    assert (await site.browser().sign_in(ANA)).status_code == 200


async def test_a_second_factor_is_removed_or_replaced_by_who_just_signed_in(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    await second_factor(site, browser)
    problem_of(await browser.ask("POST", "/me/second-factor"), 409, "second_factor_stands")
    site.clock.set(NOW + timedelta(minutes=15, seconds=1))
    problem_of(await browser.ask("DELETE", "/me/second-factor"), 403, "sign_in_again")
    site.clock.set(NOW + timedelta(minutes=15))
    assert (await browser.ask("DELETE", "/me/second-factor")).status_code == 204
    problem_of(await browser.ask("DELETE", "/me/second-factor"), 409, "no_second_factor")
    assert (await site.browser().sign_in(ANA)).status_code == 200
    assert await site.owner.fetchval("select count(*) from user_recovery_codes") == 0
