"""Letters by SMTP."""

import ssl
from urllib.parse import unquote, urlsplit

import aiosmtplib

from omd.infra.mail.letter import Letter, MailNotSent
from omd.kernel.clock import Clock

PATIENCE_SECONDS = 20.0
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SmtpMailer:
    """Sends letters through the server of an address such as `smtp://login:password@mail.example:587`.

    `smtps://` speaks TLS from the first byte; `smtp://` turns to TLS before anything of the letter or the login is
    said, and refuses a server that cannot, unless it is this machine.
    """

    def __init__(self, url: str, *, sender: str, clock: Clock) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "localhost"
        self._tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls else 587)
        self._login = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender
        self._clock = clock

    async def send(self, letter: Letter) -> None:
        """Send the letter; raise `MailNotSent` when the server does not take it."""
        starts_tls = None if self._tls else (None if self._host in _LOOPBACK else True)
        try:
            await aiosmtplib.send(
                letter.message(self._sender, self._clock.now()),
                hostname=self._host,
                port=self._port,
                username=self._login,
                password=self._password,
                use_tls=self._tls,
                start_tls=starts_tls,
                timeout=PATIENCE_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = ", ".join(str(each.code) for each in error.recipients)
            raise MailNotSent(f"the mail server does not take the recipient: {codes}") from None
        except aiosmtplib.SMTPResponseException as error:
            # The server's own words may quote the letter.
            raise MailNotSent(f"the mail server answered {error.code}") from None
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError, ValueError) as error:
            raise MailNotSent(f"{type(error).__name__} with the mail server") from None
