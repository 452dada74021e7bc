"""Passwords, second factors, and the links that lead to new ones."""

import asyncio
import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from omd.features.identity.people.passwords import AT_ONCE, Passwords
from support.browsers import OTHER_PASSWORD, PASSWORD, Browser, Site
from support.front_desk import problem_of
from support.worlds import NOW

ANA = "ana@grand.example"
SECOND = timedelta(seconds=1)


async def test_passwords_are_kept_as_argon2id_of_enough_cost(site: Site, ana: int) -> None:
    (kept,) = [row["password_hash"] for row in await site.owner.fetch("select password_hash from user_credentials")]
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", kept)
    assert found is not None
    memory_kib, passes, _ = map(int, found.groups())
    assert memory_kib >= 19 * 1024, "OWASP's least for two passes"
    assert passes >= 2
    assert PASSWORD not in kept


async def test_an_unknown_account_and_a_wrong_password_get_the_same_answer(site: Site, ana: int) -> None:
    wrong = await site.browser().sign_in(ANA, OTHER_PASSWORD)
    unknown = await site.browser(address="198.51.100.1").sign_in("nobody@grand.example", OTHER_PASSWORD)
    problem_of(wrong, 401, "sign_in_refused")
    assert (wrong.status_code, wrong.text) == (unknown.status_code, unknown.text)
    assert set(wrong.headers) == set(unknown.headers)


async def test_an_unknown_account_takes_a_hash_as_well(site: Site, ana: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    real = Passwords.is_right

    async def counting(self: Passwords, password_hash: str | None, password: str) -> bool:
        asked.append(password_hash is None)
        return await real(self, password_hash, password)

    monkeypatch.setattr(Passwords, "is_right", counting)
    await site.browser().sign_in("nobody@grand.example", OTHER_PASSWORD)
    await site.browser().sign_in(ANA, OTHER_PASSWORD)
    assert asked == [True, False]


async def test_the_same_password_may_be_typed_on_any_keyboard(site: Site, ana: int) -> None:
    decomposed = PASSWORD.replace("ş", "s\u0327")
    assert decomposed != PASSWORD
    assert (await site.browser().sign_in("ANA@Grand.Example", decomposed)).status_code == 200


@pytest.mark.parametrize(
    "password",
    ["short", "elevenchars", "x" * 201, "aaaaaaaaaaaaaaaa", "Password1234", "ana@grand.example", "qwertyuiop123"],
)
async def test_a_weak_password_is_refused_and_the_link_stays_good(site: Site, password: str) -> None:
    token = await site.invite(ANA)
    body = {"token": token, "name": "Ana", "password": password}
    answer = await site.browser().ask("POST", "/invitations/redeem", body)
    problem_of(answer, 422, "invalid_input")
    assert answer.json()["problems"][0]["pointer"] == "/password"
    assert password not in answer.text
    good = await site.browser().ask("POST", "/invitations/redeem", {**body, "password": PASSWORD})
    assert good.status_code == 204


async def test_passwords_are_hashed_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0
    real = asyncio.to_thread

    async def counting(work: object) -> object:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await real(work)  # type: ignore[arg-type]
        finally:
            running -= 1

    monkeypatch.setattr("omd.infra.beside_loop.asyncio.to_thread", counting)
    passwords = Passwords()
    await asyncio.gather(*(passwords.hash(f"password number {each}") for each in range(8)))
    assert most == AT_ONCE


async def test_more_than_can_wait_are_told_to_come_again(site: Site, ana: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omd.features.identity.people.passwords.MOST_WAITING", 2)
    answers = await asyncio.gather(*(site.browser(address=f"198.51.100.{n}").sign_in(ANA) for n in range(6)))
    statuses = sorted(each.status_code for each in answers)
    assert set(statuses) == {200, 503}
    for each in answers:
        if each.status_code == 503:
            problem_of(each, 503, "sign_in_busy")
            assert int(each.headers["Retry-After"]) > 0


async def test_a_hash_of_lesser_cost_is_made_anew_at_sign_in(site: Site, ana: int) -> None:
    from_before = await site.owner.fetchval("select password_hash from user_credentials where user_id = $1", ana)
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    await site.owner.execute("update user_credentials set password_hash = $1 where user_id = $2", cheap, ana)
    await site.signed_in(ANA)
    kept = await site.owner.fetchval("select password_hash from user_credentials where user_id = $1", ana)
    assert kept.split("$")[3] == from_before.split("$")[3]
    await site.signed_in(ANA)


async def test_a_new_password_ends_every_other_session(site: Site, ana: int) -> None:
    browser, other = await site.signed_in(ANA), await site.signed_in(ANA)
    before = browser.session_cookie
    body = {"old_password": PASSWORD, "new_password": OTHER_PASSWORD}
    changed = await browser.ask("PUT", "/me/password", body)
    assert changed.status_code == 200, changed.text
    assert browser.session_cookie != before
    assert await browser.is_signed_in()
    assert not await other.is_signed_in()
    problem_of(await site.browser().sign_in(ANA), 401, "sign_in_refused")
    assert (await site.browser().sign_in(ANA, OTHER_PASSWORD)).status_code == 200


async def test_a_wrong_old_password_changes_nothing(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    body = {"old_password": OTHER_PASSWORD, "new_password": OTHER_PASSWORD}
    problem_of(await browser.ask("PUT", "/me/password", body), 401, "sign_in_refused")
    assert await browser.is_signed_in()
    assert (await site.browser().sign_in(ANA)).status_code == 200


async def failures(browser: Browser, count: int, email: str = ANA) -> list[int]:
    return [(await browser.sign_in(email, OTHER_PASSWORD)).status_code for _ in range(count)]


async def test_failures_let_the_next_attempt_wait_longer_and_longer(site: Site, ana: int) -> None:
    browser, waits = site.browser(), []
    assert await failures(browser, 5) == [401] * 5
    for _ in range(6):
        refused = await browser.sign_in(ANA)
        problem_of(refused, 429, "too_many_attempts")
        waits.append(int(refused.headers["Retry-After"]))
        site.clock.set(site.clock.now() + timedelta(seconds=waits[-1]))
        assert await failures(browser, 1) == [401], "after the wait the attempt is looked at"
    assert waits == [2, 4, 8, 16, 32, 64]
    site.clock.set(site.clock.now() + timedelta(seconds=900))
    assert (await browser.sign_in(ANA)).status_code == 200
    assert await failures(browser, 1) == [401], "and all is forgotten"


async def test_an_unknown_account_is_throttled_alike(site: Site) -> None:
    browser = site.browser()
    assert await failures(browser, 6, "nobody@grand.example") == [401] * 5 + [429]


async def test_a_hundred_guesses_at_once_are_no_more_than_one_after_another(site: Site, ana: int) -> None:
    browser = site.browser()
    answers = await asyncio.gather(*(browser.sign_in(ANA, OTHER_PASSWORD) for _ in range(30)))
    statuses = [each.status_code for each in answers]
    assert statuses.count(401) == 5
    assert statuses.count(429) == 25


async def test_a_stranger_cannot_keep_the_owner_out(site: Site, ana: int) -> None:
    """Failures from everywhere slow strangers down, not the owner where she has signed in before."""
    await site.signed_in(ANA, address="203.0.113.5")
    for n in range(12):
        await failures(site.browser(address=f"198.51.100.{n}"), 1)
    stranger = await site.browser(address="198.51.100.99").sign_in(ANA, OTHER_PASSWORD)
    problem_of(stranger, 429, "too_many_attempts")
    assert int(stranger.headers["Retry-After"]) <= 300
    assert (await site.browser(address="203.0.113.5").sign_in(ANA)).status_code == 200


async def test_a_whole_hotel_behind_one_address_signs_in(site: Site, ana: int) -> None:
    for n in range(30):
        assert (await site.browser().sign_in(ANA)).status_code == 200, n


async def asked_reset(site: Site, email: str = ANA, address: str = "192.0.2.7") -> None:
    answer = await site.browser(address=address).ask("POST", "/password-resets", {"email": email})
    assert answer.status_code == 202, answer.text


async def redeem(site: Site, token: str, password: str = OTHER_PASSWORD) -> int:
    body = {"token": token, "password": password}
    answer = await site.browser().ask("POST", "/password-resets/redeem", body)
    assert answer.status_code == 204 or answer.json()["code"] == "link_not_valid", answer.text
    return answer.status_code


async def test_a_forgotten_password_is_replaced_by_a_link_once(site: Site, ana: int) -> None:
    browser = await site.signed_in(ANA)
    await asked_reset(site)
    token = await site.link_token()
    assert await redeem(site, token) == 204
    assert not await browser.is_signed_in(), "every session is over"
    assert (await site.browser().sign_in(ANA, OTHER_PASSWORD)).status_code == 200
    assert await redeem(site, token, "yet another pass word") == 410
    problem_of(await site.browser().sign_in(ANA, "yet another pass word"), 401, "sign_in_refused")


async def test_a_link_redeemed_by_many_at_once_works_once(site: Site, ana: int) -> None:
    await asked_reset(site)
    token = await site.link_token()
    statuses = await asyncio.gather(*(redeem(site, token, f"password number {n}") for n in range(8)))
    assert sorted(statuses) == [204] + [410] * 7


async def test_only_the_newest_of_several_links_is_left_when_one_was_used(site: Site, ana: int) -> None:
    tokens = []
    for _ in range(2):
        await asked_reset(site)
        tokens.append(await site.link_token())
        site.clock.set(site.clock.now() + SECOND)
    assert await redeem(site, tokens[1]) == 204
    assert await redeem(site, tokens[0]) == 410


async def test_a_link_lasts_half_an_hour(site: Site, ana: int) -> None:
    await asked_reset(site)
    site.clock.set(NOW + timedelta(minutes=30))
    assert await redeem(site, await site.link_token()) == 410


async def test_an_invitation_lasts_seven_days(site: Site) -> None:
    token = await site.invite(ANA)
    body = {"token": token, "name": "Ana", "password": PASSWORD}
    site.clock.set(NOW + timedelta(days=7))
    problem_of(await site.browser().ask("POST", "/invitations/redeem", body), 410, "link_not_valid")
    site.clock.set(NOW + timedelta(days=7) - SECOND)
    assert (await site.browser().ask("POST", "/invitations/redeem", body)).status_code == 204


async def test_a_link_opens_just_what_it_was_made_for(site: Site, ana: int) -> None:
    invitation = await site.invite(ANA)
    assert await redeem(site, invitation) == 410
    await asked_reset(site)
    body = {"token": await site.link_token(), "name": "Ana", "password": OTHER_PASSWORD}
    problem_of(await site.browser().ask("POST", "/invitations/redeem", body), 410, "link_not_valid")


async def test_an_invitation_does_not_take_an_account_over(site: Site, ana: int) -> None:
    """Whoever invites knows an e-mail, not its owner's password: the account keeps its own."""
    body = {"token": await site.invite(ANA), "name": "Eve", "password": OTHER_PASSWORD}
    problem_of(await site.browser().ask("POST", "/invitations/redeem", body), 409, "already_registered")
    assert (await site.browser().sign_in(ANA)).status_code == 200


async def test_the_answer_does_not_say_whether_there_is_an_account(site: Site, ana: int) -> None:
    browser = site.browser()
    known = await browser.ask("POST", "/password-resets", {"email": ANA})
    unknown = await browser.ask("POST", "/password-resets", {"email": "nobody@grand.example"})
    assert (known.status_code, known.text, set(known.headers)) == (202, unknown.text, set(unknown.headers))
    assert len(await site.letters()) == 1


async def test_a_mailbox_is_not_filled_by_asking_again_and_again(site: Site, ana: int) -> None:
    statuses = [
        (await site.browser(address=f"198.51.100.{n}").ask("POST", "/password-resets", {"email": ANA})).status_code
        for n in range(6)
    ]
    assert statuses == [202] * 3 + [429] * 3
    assert len(await site.letters()) == 3


async def test_letters_are_in_the_persons_language_and_private(site: Site) -> None:
    body = {"token": await site.invite(ANA), "name": "Ana", "password": PASSWORD, "language": "ro"}
    assert (await site.browser().ask("POST", "/invitations/redeem", body)).status_code == 204
    await asked_reset(site)
    (letter,) = await site.letters()
    assert (letter.to, letter.subject) == (ANA, "Alegeți o parolă nouă")
    assert "Bună ziua" in letter.text
    kept = await site.owner.fetchval("select encode(payload, 'escape') from jobs")
    assert ANA not in kept
    assert await site.link_token() not in kept


async def test_a_letter_and_its_link_are_put_down_together_or_not_at_all(site: Site, ana: int) -> None:
    """A server that dies between the two would leave a link that nobody has; here the letter cannot be put down."""
    await site.owner.execute("alter table jobs rename to mislaid")
    assert (await site.browser().ask("POST", "/password-resets", {"email": ANA})).status_code == 500
    resets = "select count(*) from one_time_links where purpose = 'password_reset'"
    assert await site.owner.fetchval(resets) == 0
    await site.owner.execute("alter table mislaid rename to jobs")
    await asked_reset(site)
    assert await redeem(site, await site.link_token()) == 204


async def test_asking_leaves_as_much_behind_for_an_e_mail_that_nobody_has(site: Site, ana: int) -> None:
    """A letter to nobody is put down too: what takes longer for somebody would tell that there is somebody."""
    left = []
    for email in (ANA, "nobody@grand.example"):
        assert (await site.browser().ask("POST", "/password-resets", {"email": email})).status_code == 202
        left.append(await site.owner.fetchval("select count(*) from jobs where entrypoint = 'send_mail'"))
    assert left == [1, 2]
    assert [each.to for each in await site.letters()] == [ANA]


async def test_a_password_that_changes_while_somebody_signs_in_lets_nobody_in_with_the_old_one(
    site: Site, ana: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old password was found right; before the session begins another stands."""
    real = Passwords.is_right
    changed = False

    async def late(self: Passwords, password_hash: str | None, password: str) -> bool:
        nonlocal changed
        right = await real(self, password_hash, password)
        if not changed:
            changed = True
            await asked_reset(site, address="198.51.100.3")
            assert await redeem(site, await site.link_token()) == 204
        return right

    monkeypatch.setattr(Passwords, "is_right", late)
    problem_of(await site.browser().sign_in(ANA), 401, "sign_in_refused")
    assert await site.owner.fetchval("select count(*) from user_sessions") == 0
