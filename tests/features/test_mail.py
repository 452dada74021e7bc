"""Letters by SMTP: taken, refused, and a server that is not there."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from omd.infra.mail import FileMailer, Letter, MailNotSent, SmtpMailer
from omd.kernel.clock import FixedClock
from support.mail_server import MailServer, mail_server
from support.worlds import NOW

TOKEN = "s3cret-token-of-a-link"
LETTER = Letter("password_reset", "ana@grand.example", "Alegeți o parolă nouă", f"Bună ziua,\n\nhttp://x/#{TOKEN}\n")


def mailer_of(server: MailServer) -> SmtpMailer:
    return SmtpMailer(f"smtp://127.0.0.1:{server.port}", sender="omd@example.com", clock=FixedClock(NOW))


async def test_a_letter_arrives_as_it_was_written() -> None:
    async with mail_server() as server:
        await mailer_of(server).send(LETTER)
    (taken,) = server.letters
    read = message_from_bytes(taken, policy=policy.default)
    assert (read["To"], read["From"], read["Subject"]) == (LETTER.to, "omd@example.com", LETTER.subject)
    assert read.get_content().splitlines() == LETTER.text.splitlines()


async def test_a_refusal_is_told_without_what_the_server_quotes() -> None:
    async with mail_server(f"550 no such box; you wrote {TOKEN}") as server:
        with pytest.raises(MailNotSent) as refused:
            await mailer_of(server).send(LETTER)
    assert "550" in str(refused.value)
    assert TOKEN not in str(refused.value)
    assert server.letters == []


async def test_a_server_that_is_away_is_told() -> None:
    async with mail_server() as server:
        mailer = mailer_of(server)
    with pytest.raises(MailNotSent):
        await mailer.send(LETTER)


async def test_a_letter_whose_address_holds_a_line_break_is_not_sent() -> None:
    forged = Letter("x", "ana@grand.example\nBcc: everybody@example.com", "x", "x")
    async with mail_server() as server:
        with pytest.raises(MailNotSent):
            await mailer_of(server).send(forged)
    assert server.letters == []


async def test_no_letter_goes_unencrypted_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server offers no STARTTLS: on another machine the letter is not said to it."""
    monkeypatch.setattr("omd.infra.mail.smtp_mailer._LOOPBACK", set())
    async with mail_server() as server:
        with pytest.raises(MailNotSent):
            await mailer_of(server).send(LETTER)
    assert server.letters == []


async def test_a_letter_in_a_folder_is_for_whoever_owns_it_alone(tmp_path: Path) -> None:
    await FileMailer(tmp_path / "mail", sender="omd@example.com", clock=FixedClock(NOW)).send(LETTER)
    (file,) = (tmp_path / "mail").glob("*.eml")
    read = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (read["To"], read["Subject"]) == (LETTER.to, LETTER.subject)
    assert (file.stat().st_mode & 0o077, file.parent.stat().st_mode & 0o077) == (0, 0)


async def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    with pytest.raises(MailNotSent):
        await FileMailer(tmp_path / "mail", sender="omd@example.com", clock=FixedClock(NOW)).send(LETTER)
