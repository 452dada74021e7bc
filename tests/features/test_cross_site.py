"""Changes that a page of another site asks a signed-in browser for."""

import pytest

from support.browsers import API, LOOPBACK, Site, one_stay
from support.front_desk import problem_of
from support.parties import Tokens
from support.worlds import World

ANA = "ana@grand.example"
CHANGES = [("DELETE", "/session"), ("DELETE", "/sessions"), ("PUT", "/me/password"), ("POST", "/session/switch")]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 64},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{LOOPBACK}.evil.example"},
        {"Origin": ""},
        {"Origin": "http://["},
    ],
    ids=lambda each: "-".join(f"{name}={value[:20]}" for name, value in each.items()),
)
async def test_a_change_that_another_site_asks_for_is_refused(
    site: Site, ana: int, world: World, headers: dict[str, str]
) -> None:
    browser = await site.signed_in(ANA)
    for method, path in [*CHANGES, ("POST", f"/businesses/{world.grand.id}/reservations")]:
        problem_of(await browser.ask(method, path, {}, **headers), 403, "csrf_refused")
    assert await browser.is_signed_in()


async def test_a_change_without_a_word_of_its_page_is_refused(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    token = {"X-CSRF-Token": browser.csrf or ""}
    for headers in (token, {**token, "Sec-Fetch-Site": "cross-site"}, {**token, "Sec-Fetch-Site": "same-site"}):
        answer = await browser.client.delete(f"{API}/session", headers=headers)
        problem_of(answer, 403, "csrf_refused")
    answer = await browser.client.delete(f"{API}/session", headers={**token, "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 204


async def test_the_token_of_another_session_is_of_no_use(site: Site, ana: int) -> None:
    mine, other = await site.signed_in(ANA), await site.signed_in(ANA)
    problem_of(await mine.ask("DELETE", "/session", None, **{"X-CSRF-Token": other.csrf or ""}), 403, "csrf_refused")


async def test_a_program_with_its_key_needs_no_page(site: Site, tokens: Tokens, world: World) -> None:
    browser = site.browser()
    path = f"{API}/businesses/{world.grand.id}/reservations"
    booked = await browser.client.post(path, json=one_stay(world), headers=tokens.of("grand"))
    assert booked.status_code == 201, booked.text


@pytest.mark.parametrize("origin", ["https://evil.example", "http://["])
async def test_another_site_cannot_sign_a_visitor_in(site: Site, ana: int, origin: str) -> None:
    answer = await site.browser().ask("POST", "/session", {"email": ANA, "password": "x"}, Origin=origin)
    problem_of(answer, 403, "csrf_refused")
