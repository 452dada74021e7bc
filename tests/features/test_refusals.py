"""What is refused is refused with a code, counted under it, and logged without what was shown."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pyotp
import pytest
from prometheus_client import REGISTRY

from support.browsers import API, OTHER_PASSWORD, Site
from support.front_desk import problem_of
from support.logs import lines, logged
from support.worlds import NOW

ANA = "ana@grand.example"

Refused = Callable[[Site], Awaitable[tuple[Callable[[], Awaitable[httpx.Response]], str]]]
"""Prepares a request that is to be refused; returns what sends it, and the secret it shows."""


def counted(code: str) -> float:
    return REGISTRY.get_sample_value("omd_requests_refused_total", {"code": code}) or 0.0


async def replayed_code(site: Site) -> tuple[Callable[[], Awaitable[httpx.Response]], str]:
    browser = await site.signed_in(ANA)
    secret = (await browser.ask("POST", "/me/second-factor")).json()["secret"]
    code = pyotp.TOTP(secret).at(site.clock.now())
    assert (await browser.ask("POST", "/me/second-factor/confirm", {"code": code})).status_code == 200
    return lambda: site.browser().sign_in(ANA, code=code), code


async def code_of_a_clock_that_is_wrong(site: Site) -> tuple[Callable[[], Awaitable[httpx.Response]], str]:
    browser = await site.signed_in(ANA)
    secret = (await browser.ask("POST", "/me/second-factor")).json()["secret"]
    totp = pyotp.TOTP(secret)
    confirmed = await browser.ask("POST", "/me/second-factor/confirm", {"code": totp.at(site.clock.now())})
    assert confirmed.status_code == 200
    site.clock.set(NOW + timedelta(minutes=10))
    code = totp.at(site.clock.now() + timedelta(minutes=2))
    return lambda: site.browser().sign_in(ANA, code=code), code


async def reused_reset_link(site: Site) -> tuple[Callable[[], Awaitable[httpx.Response]], str]:
    assert (await site.browser().ask("POST", "/password-resets", {"email": ANA})).status_code == 202
    token = await site.link_token()
    body = {"token": token, "password": OTHER_PASSWORD}
    assert (await site.browser().ask("POST", "/password-resets/redeem", body)).status_code == 204
    return lambda: site.browser().ask("POST", "/password-resets/redeem", body), token


async def forged_cookie(site: Site) -> tuple[Callable[[], Awaitable[httpx.Response]], str]:
    forged = "forged-4711" * 4
    return lambda: site.browser().ask("GET", "/session", Cookie=f"omd_session={forged}"), forged


async def large_header(site: Site) -> tuple[Callable[[], Awaitable[httpx.Response]], str]:
    large = "Sesame-4711" * 4_000
    return lambda: site.browser().ask("GET", "/session", **{"X-Large": large}), "Sesame-4711"


async def forged_answer_of_a_provider(site: Site) -> tuple[Callable[[], Awaitable[httpx.Response]], str]:
    body = {"code": "471147"}
    forged = "omd_vouched=forged-4711"
    return lambda: site.browser().ask("POST", "/session/second-factor", body, Cookie=forged), "forged-4711"


async def change_of_another_site(site: Site) -> tuple[Callable[[], Awaitable[httpx.Response]], str]:
    browser = await site.signed_in(ANA)
    sent = {"Origin": "https://evil.example", "X-CSRF-Token": browser.csrf or ""}
    return lambda: browser.client.delete(f"{API}/session", headers=sent), browser.csrf or ""


async def client_that_is_none(site: Site) -> tuple[Callable[[], Awaitable[httpx.Response]], str]:
    form = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "omd_sesame47_11"}
    return lambda: site.browser().client.post(f"{API}/oauth/token", data=form), "omd_sesame47_11"


@pytest.mark.parametrize(
    ("prepare", "status", "code", "operation"),
    [
        (replayed_code, 401, "sign_in_refused", "signIn"),
        (code_of_a_clock_that_is_wrong, 401, "sign_in_refused", "signIn"),
        (reused_reset_link, 410, "link_not_valid", "redeemPasswordReset"),
        (forged_cookie, 401, "not_authenticated", "getSession"),
        (large_header, 431, "headers_too_large", None),
        (forged_answer_of_a_provider, 401, "provider_refused", "finishSecondFactorSignIn"),
        (change_of_another_site, 403, "csrf_refused", "signOut"),
        (client_that_is_none, 401, "oauth_invalid_client", "issueOAuthToken"),
    ],
)
async def test_a_refusal_is_counted_once_and_logged_without_what_was_shown(
    site: Site, ana: int, prepare: Refused, status: int, code: str, operation: str | None
) -> None:
    send, secret = await prepare(site)
    before = counted(code)
    with logged() as written:
        answer = await send()
    assert answer.status_code == status, answer.text
    if not code.startswith("oauth_"):
        problem_of(answer, status, code)
    assert counted(code) == before + 1
    (line,) = lines(written, "request_refused")
    assert (line["code"], line["operation"], line["address"]) == (code, operation, "192.0.2.7")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert secret not in written.getvalue()


async def test_what_is_refused_by_the_state_of_the_world_is_counted_and_not_logged(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    before = counted("no_second_factor")
    with logged() as written:
        problem_of(await browser.ask("DELETE", "/me/second-factor"), 409, "no_second_factor")
    assert counted("no_second_factor") == before + 1
    assert lines(written, "request_refused") == []
