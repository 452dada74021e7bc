"""No password, code, token or cookie gets into a log, into what is kept of the way in, or into another's answer."""

from datetime import timedelta

import pyotp

from support.browsers import OTHER_PASSWORD, PASSWORD, Site
from support.front_desk import problem_of
from support.logs import lines, logged
from support.worlds import NOW

ANA = "ana@grand.example"
WRONG = "Sesame-4711-is-wrong"


async def test_a_persons_whole_life_is_logged_without_a_secret(site: Site) -> None:
    with logged() as written:
        invitation = await site.invite(ANA)
        body = {"token": invitation, "name": "Ana", "password": PASSWORD}
        await site.browser().ask("POST", "/invitations/redeem", body)
        problem_of(await site.browser().sign_in(ANA, WRONG), 401, "sign_in_refused")
        problem_of(await site.browser().sign_in("nobody@secret.example", WRONG), 401, "sign_in_refused")
        browser = await site.signed_in(ANA)
        first = browser.session_cookie
        secret = (await browser.ask("POST", "/me/second-factor")).json()["secret"]
        code = pyotp.TOTP(secret).at(site.clock.now())
        confirmed = await browser.ask("POST", "/me/second-factor/confirm", {"code": code})
        recovery = confirmed.json()["recovery_codes"]
        await browser.ask("PUT", "/me/password", {"old_password": PASSWORD, "new_password": OTHER_PASSWORD})
        await browser.ask("PUT", "/me/password", {"old_password": WRONG, "new_password": PASSWORD})
        site.clock.set(NOW + timedelta(minutes=1))
        await site.browser().sign_in(ANA, OTHER_PASSWORD, recovery_code=recovery[0])
        await site.browser().ask("POST", "/password-resets", {"email": ANA})
        reset = await site.link_token()
        await site.browser().ask("POST", "/password-resets/redeem", {"token": reset, "password": PASSWORD})
        # Defects, with everything secret in the frames they happen in.
        await site.owner.execute("alter table jobs rename to mislaid")
        undone = await site.browser().ask("POST", "/password-resets", {"email": ANA})
        assert undone.status_code == 500
        await site.owner.execute("alter table mislaid rename to jobs")
        await site.owner.execute("alter table user_credentials rename column totp_secret to mislaid")
        failed = await site.browser().sign_in(ANA, PASSWORD)
        assert failed.status_code == 500
        assert lines(written, "request_failed")
    said = written.getvalue()
    kept = [row["text"] for row in await site.owner.fetch("select e::text as text from access_events e")]
    secrets = [invitation, PASSWORD, OTHER_PASSWORD, WRONG, secret, code, *recovery, reset, browser.csrf, first]
    for each in [*secrets, browser.session_cookie, "nobody@secret.example"]:
        assert each
        assert each not in said
        assert each not in failed.text
        assert all(each not in text for text in kept)
