"""What is sent, to whom, and what happens when it cannot be."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Protocol

import msgspec

from omd.db import Transaction


class Letter(msgspec.Struct, frozen=True):
    """A plain text for one person; `kind` names it in the logs, which never see the text.

    One `to` nobody is put down and thrown away: who asks for a letter must not see whether there is somebody.
    """

    kind: str
    to: str
    subject: str
    text: str

    def message(self, sender: str, now: datetime) -> EmailMessage:
        """Return the letter as an e-mail (RFC 5322)."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, self.to, self.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text, cte="8bit")
        return message


class MailNotSent(Exception):
    """The letter was not taken; the message says why, without quoting the letter."""


class Mailer(Protocol):
    """Sends letters."""

    async def send(self, letter: Letter) -> None:
        """Send the letter; raise `MailNotSent` when it cannot be."""
        ...


class Outbox(Protocol):
    """Keeps letters for whoever sends them."""

    async def put(self, tx: Transaction, letter: Letter) -> None:
        """Put the letter down in the transaction of what it tells of: both are committed, or neither."""
        ...
