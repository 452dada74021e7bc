"""Signing in by an OpenID Connect provider: a real one, in a process of its own, honest and not."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest

from omd.db import Database
from omd.features.identity import ProviderSettings
from omd.kernel.clock import FixedClock
from support.browsers import API, LOOPBACK, Browser, Site
from support.front_desk import problem_of
from support.oidc_provider import CLIENT_ID, CLIENT_SECRET
from support.worlds import NOW, Connection

ANA = "ana@grand.example"
PROGRAM = Path(__file__).parents[1] / "support" / "oidc_provider.py"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a running provider."""
    with subprocess.Popen(
        [sys.executable, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()
        process.wait(20)


@pytest.fixture
async def provider(issuer: str) -> AsyncIterator["ProviderProcess"]:
    async with httpx.AsyncClient(base_url=issuer) as client:
        process = ProviderProcess(client)
        await process.behave(now=NOW.timestamp(), sub="ana-at-provider", email="Ana@Grand.example", fault="")
        yield process


class ProviderProcess:
    """The provider, as its own users and its saboteur see it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def behave(self, **told: object) -> None:
        """Tell it who is signing in, or how to misbehave."""
        assert (await self._client.post("/behave", json=told)).status_code == 200

    async def visit(self, address: str) -> str:
        """Sign in there, and return where the browser is sent back to."""
        answer = await self._client.get(address)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@pytest.fixture
async def site(
    db: Database, owner_connection: Connection, clock: FixedClock, redis_url: str, tmp_path: Path, issuer: str
) -> AsyncIterator[Site]:
    known = ProviderSettings("hotelgroup", issuer, CLIENT_ID, CLIENT_SECRET)
    site = Site(db=db, owner=owner_connection, clock=clock, redis_url=redis_url, providers=(known,))
    async with site.open():
        yield site


async def start(browser: Browser) -> str:
    """Begin to sign in and return the address at the provider."""
    answer = await browser.client.get(f"{API}/oidc/hotelgroup/start")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


async def come_back(browser: Browser, address: str) -> httpx.Response:
    """Follow the provider's redirection."""
    assert address.startswith(f"{LOOPBACK}{API}/oidc/hotelgroup/callback?")
    return await browser.client.get(address)


async def sign_in(site: Site, provider: ProviderProcess, browser: Browser | None = None) -> httpx.Response:
    browser = browser or site.browser()
    return await come_back(browser, await provider.visit(await start(browser)))


async def test_a_verified_email_signs_its_user_in(site: Site, ana: int, provider: ProviderProcess) -> None:
    browser = site.browser()
    answer = await sign_in(site, provider, browser)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    told = (await browser.ask("GET", "/session")).json()
    assert told["user"]["id"] == ana
    held = [each.name for each in browser.client.cookies.jar]
    assert held == ["omd_session"], "what the browser kept for the way is gone"


async def test_who_came_once_is_known_by_subject_whatever_the_email(
    site: Site, ana: int, provider: ProviderProcess
) -> None:
    assert (await sign_in(site, provider)).status_code == 303
    await provider.behave(email="moved@elsewhere.example", fault="unverified_email")
    assert (await sign_in(site, provider)).status_code == 303
    assert await site.owner.fetchval("select count(*) from user_identities") == 1


async def test_nobody_gets_an_account_by_signing_in(site: Site, ana: int, provider: ProviderProcess) -> None:
    await provider.behave(sub="stranger", email="stranger@grand.example")
    problem_of(await sign_in(site, provider), 401, "sign_in_refused")
    assert await site.owner.fetchval("select count(*) from users") == 1


async def test_a_letter_that_looks_alike_links_nobody(site: Site, ana: int, provider: ProviderProcess) -> None:
    kelvin = "\N{KELVIN SIGN}ira@grand.example"
    await site.person("kira@grand.example", name="Kira")
    await provider.behave(sub="another-mailbox", email=kelvin)
    problem_of(await sign_in(site, provider), 401, "sign_in_refused")
    await provider.behave(sub="her-mailbox", email="Kira@grand.example")
    assert (await sign_in(site, provider)).status_code == 303


@pytest.mark.parametrize("fault", ["unverified_email", "email_verified_text"])
async def test_an_email_that_is_not_verified_links_nothing(
    site: Site, ana: int, provider: ProviderProcess, fault: str
) -> None:
    await provider.behave(fault=fault)
    problem_of(await sign_in(site, provider), 401, "sign_in_refused")
    assert await site.owner.fetchval("select count(*) from user_identities") == 0


@pytest.mark.parametrize(
    "fault",
    [
        *("wrong_nonce", "wrong_audience", "several_audiences", "wrong_issuer", "expired", "from_the_future"),
        *("no_nonce", "no_exp", "no_aud", "no_iat", "no_subject", "no_token"),
        *("unsigned", "shared_secret", "impostor", "changed_signature"),
    ],
)
async def test_what_proves_nothing_is_refused(site: Site, ana: int, provider: ProviderProcess, fault: str) -> None:
    await provider.behave(fault=fault)
    browser = site.browser()
    answer = await sign_in(site, provider, browser)
    problem_of(answer, 401, "provider_refused")
    assert browser.session_cookie is None
    assert await site.owner.fetchval("select count(*) from user_sessions") == 0
    await provider.behave(fault="")
    assert (await sign_in(site, provider)).status_code == 303, "the twin without the fault is let in"


async def test_a_provider_that_exchanged_its_keys_is_asked_for_the_new_ones(
    site: Site, ana: int, provider: ProviderProcess, clock: FixedClock
) -> None:
    assert (await sign_in(site, provider)).status_code == 303
    later = NOW + timedelta(minutes=2)
    clock.set(later)
    await provider.behave(fault="new_key", now=later.timestamp())
    assert (await sign_in(site, provider)).status_code == 303


async def test_an_answer_works_once_and_in_its_own_browser(site: Site, ana: int, provider: ProviderProcess) -> None:
    browser, thief = site.browser(), site.browser()
    address = await provider.visit(await start(browser))
    problem_of(await come_back(thief, address), 401, "provider_refused")
    await start(thief)
    problem_of(await come_back(thief, address), 401, "provider_refused")
    assert (await come_back(browser, address)).status_code == 303
    problem_of(await come_back(browser, address), 401, "provider_refused")


async def test_an_answer_that_takes_too_long_is_refused(
    site: Site, ana: int, provider: ProviderProcess, clock: FixedClock
) -> None:
    browser = site.browser()
    address = await provider.visit(await start(browser))
    clock.set(NOW + timedelta(minutes=10, seconds=1))
    problem_of(await come_back(browser, address), 401, "provider_refused")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "state=x",
        "code=x&state=x",
        "error=access_denied",
        "code=x",
        "code=x&state=" + "x" * 300,
        "code=%00&state=%00",
    ],
)
async def test_a_forged_answer_is_refused(site: Site, ana: int, provider: ProviderProcess, query: str) -> None:
    browser = site.browser()
    await start(browser)
    answer = await browser.client.get(f"{API}/oidc/hotelgroup/callback?{query}")
    assert answer.status_code in (401, 422), answer.text
    assert browser.session_cookie is None


async def test_an_answer_by_another_issuer_is_refused(site: Site, ana: int, provider: ProviderProcess) -> None:
    browser = site.browser()
    address = await provider.visit(await start(browser))
    mixed_up = address.replace("iss=http", "iss=https")
    problem_of(await come_back(browser, mixed_up), 401, "provider_refused")


async def test_what_the_browser_keeps_cannot_be_read_or_changed(
    site: Site, ana: int, provider: ProviderProcess
) -> None:
    browser = site.browser()
    address = await start(browser)
    sent = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    (kept,) = [each for each in browser.client.cookies.jar if each.name == "omd_oidc"]
    assert sent["state"].encode().hex() not in (kept.value or "")
    assert (sent["code_challenge_method"], sent["response_type"]) == ("S256", "code")
    back = await provider.visit(address)
    forged = (kept.value or "")[:-2] + "00"
    other = site.browser()
    answer = await other.client.get(back, headers={"Cookie": f"omd_oidc={forged}"})
    problem_of(answer, 401, "provider_refused")


@pytest.mark.parametrize("fault", ["down", "other_discovery"])
async def test_a_provider_that_is_away_is_told_and_passwords_still_work(
    site: Site, ana: int, provider: ProviderProcess, fault: str
) -> None:
    await provider.behave(fault=fault)
    answer = await site.browser().client.get(f"{API}/oidc/hotelgroup/start")
    problem_of(answer, 503, "provider_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert (await site.browser().sign_in(ANA)).status_code == 200


async def test_a_provider_that_talks_nonsense_is_away(site: Site, ana: int, provider: ProviderProcess) -> None:
    browser = site.browser()
    address = await provider.visit(await start(browser))
    await provider.behave(fault="garbage")
    problem_of(await come_back(browser, address), 503, "provider_unavailable")


async def test_a_disabled_user_does_not_come_in_by_a_provider(site: Site, ana: int, provider: ProviderProcess) -> None:
    await site.owner.execute("update users set disabled_at = now()")
    problem_of(await sign_in(site, provider), 401, "sign_in_refused")


@pytest.fixture
async def second(site: Site, ana: int, clock: FixedClock) -> "SecondFactor":
    """Ana's second factor, set up a minute ago."""
    browser = await site.signed_in(ANA)
    secret = (await browser.ask("POST", "/me/second-factor")).json()["secret"]
    confirmed = await browser.ask("POST", "/me/second-factor/confirm", {"code": pyotp.TOTP(secret).at(NOW)})
    clock.set(NOW + timedelta(minutes=1))
    return SecondFactor(secret, confirmed.json()["recovery_codes"], clock)


class SecondFactor:
    """A person's app and their list of recovery codes."""

    def __init__(self, secret: str, recovery_codes: list[str], clock: FixedClock) -> None:
        self._totp, self.recovery_codes, self._clock = pyotp.TOTP(secret), recovery_codes, clock

    @property
    def code(self) -> str:
        """What the app shows."""
        return self._totp.at(self._clock.now())

    @property
    def wrong_code(self) -> str:
        """A code that the app does not show, nor just before or after."""
        around = {self._totp.at(self._clock.now(), counter_offset=step) for step in (-1, 0, 1)}
        return next(code for code in ("000000", "000001", "000002", "000003") if code not in around)


async def vouched(site: Site, provider: ProviderProcess) -> Browser:
    """Return a browser that came back from the provider and was asked for a code."""
    browser = site.browser()
    await provider.behave(now=site.clock.now().timestamp())
    problem_of(await sign_in(site, provider, browser), 401, "second_factor_required")
    assert browser.session_cookie is None
    return browser


async def show(browser: Browser, **shown: str) -> httpx.Response:
    return await browser.ask("POST", "/session/second-factor", shown)


async def test_a_provider_does_not_get_around_the_second_factor(
    site: Site, ana: int, provider: ProviderProcess, second: SecondFactor
) -> None:
    sessions = "select count(*) from user_sessions where ended_at is null"
    before = await site.owner.fetchval(sessions)
    browser = await vouched(site, provider)
    problem_of(await show(browser), 422, "invalid_input")
    problem_of(await show(browser, code=second.wrong_code), 401, "sign_in_refused")
    problem_of(await show(browser, recovery_code="AAAA-BBBB-CCCC"), 401, "sign_in_refused")
    assert await site.owner.fetchval(sessions) == before
    assert await site.owner.fetchval("select count(*) from user_identities") == 0, "nothing is linked by half"


async def test_who_shows_the_code_after_the_provider_is_in(
    site: Site, ana: int, provider: ProviderProcess, second: SecondFactor
) -> None:
    browser = await vouched(site, provider)
    answer = await show(browser, code=second.code)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["user"]["id"], answer.json()["second_factor"]) == (ana, True)
    assert [each.name for each in browser.client.cookies.jar] == ["omd_session"]
    problem_of(await show(browser, code=second.code), 401, "provider_refused")
    assert await site.owner.fetchval("select user_id from user_identities") == ana


async def test_a_code_or_recovery_code_is_taken_once_after_the_provider_too(
    site: Site, ana: int, provider: ProviderProcess, second: SecondFactor
) -> None:
    for shown in ({"code": second.code}, {"recovery_code": second.recovery_codes[0]}):
        first, later = await vouched(site, provider), await vouched(site, provider)
        assert (await show(first, **shown)).status_code == 200
        problem_of(await show(later, **shown), 401, "sign_in_refused")
        problem_of(await site.browser().sign_in(ANA, **shown), 401, "sign_in_refused")


async def test_the_providers_word_lasts_five_minutes(
    site: Site, ana: int, provider: ProviderProcess, second: SecondFactor, clock: FixedClock
) -> None:
    browser = await vouched(site, provider)
    began = clock.now()
    for away in (timedelta(minutes=5, seconds=1), timedelta(seconds=-1)):
        clock.set(began + away)
        problem_of(await show(browser, code=second.code), 401, "provider_refused")
    clock.set(began + timedelta(minutes=5))
    assert (await show(browser, code=second.code)).status_code == 200


async def test_the_providers_word_cannot_be_made_or_taken_from_the_way_there(
    site: Site, ana: int, provider: ProviderProcess, second: SecondFactor
) -> None:
    browser = await vouched(site, provider)
    (kept,) = [each.value or "" for each in browser.client.cookies.jar]
    await start(browser)
    (pending,) = [each.value or "" for each in browser.client.cookies.jar if each.name == "omd_oidc"]
    for forged in ("", "x", kept[:-2] + ("00" if kept[-2:] != "00" else "01"), kept[:-20], pending):
        other = site.browser()
        answer = await other.ask(
            "POST", "/session/second-factor", {"code": second.code}, Cookie=f"omd_vouched={forged}"
        )
        problem_of(answer, 401, "provider_refused")
    problem_of(await show(site.browser(), code=second.code), 401, "provider_refused")
    from_afar = await browser.client.post(
        f"{API}/session/second-factor", json={"code": second.code}, headers={"Origin": "https://evil.example"}
    )
    problem_of(from_afar, 403, "csrf_refused")
    assert (await show(browser, code=second.code)).status_code == 200


async def test_who_was_disabled_after_the_providers_word_stays_out(
    site: Site, ana: int, provider: ProviderProcess, second: SecondFactor
) -> None:
    browser = await vouched(site, provider)
    await site.owner.execute("update users set disabled_at = now()")
    problem_of(await show(browser, code=second.code), 401, "sign_in_refused")


async def test_codes_are_not_guessed_after_the_provider(
    site: Site, ana: int, provider: ProviderProcess, second: SecondFactor
) -> None:
    browser = await vouched(site, provider)
    answers = [(await show(browser, code=second.wrong_code)).status_code for _ in range(7)]
    assert answers == [401] * 5 + [429] * 2
    problem_of(await show(browser, code=second.code), 429, "too_many_attempts")
    told = "select count(*) from access_events where kind = 'provider_sign_in' and outcome = 'sign_in_refused'"
    assert await site.owner.fetchval(f"{told} and user_id = $1", ana) == 5, "the person finds them in their activity"


async def test_an_unknown_provider_is_not_found(site: Site) -> None:
    for name in ("google", "x" * 31, "UPPER"):
        answer = await site.browser().client.get(f"{API}/oidc/{name}/start")
        assert answer.status_code == 404, answer.text
