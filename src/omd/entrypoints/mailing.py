"""What sends letters, by the settings: put in the queue by whoever has one to send, sent by the worker."""

from omd.db import Transaction
from omd.entrypoints.jobs import SEND_MAIL
from omd.entrypoints.settings import Settings
from omd.infra.jobs import new_job, put_for_request
from omd.infra.keyring import Keyring
from omd.infra.mail import FileMailer, Letter, Mailer, SmtpMailer
from omd.kernel.clock import Clock

MAIL_FOLDER = "mail"


def mailer_for(settings: Settings, clock: Clock) -> Mailer:
    """Return what sends letters: a mail server where one is set, files in the home folder otherwise."""
    if settings.smtp_url is not None:
        return SmtpMailer(settings.smtp_url, sender=settings.mail_from, clock=clock)
    return FileMailer(settings.home / MAIL_FOLDER, sender=settings.mail_from, clock=clock)


class LetterQueue:
    """Leaves letters to the worker, which tries again while the mail server is away; encrypted until they are sent."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def put(self, tx: Transaction, letter: Letter) -> None:
        """Put the letter in the queue with what else the transaction does."""
        await put_for_request(tx, new_job(SEND_MAIL, letter), keyring=self._keyring)
