"""What sends letters, by the settings: put in the queue by whoever has one to send, sent by the worker."""

from omd.entrypoints.jobs import SEND_MAIL
from omd.entrypoints.settings import Settings
from omd.infra.jobs import JobQueue, new_job
from omd.infra.mail import FileMailer, Letter, Mailer, MailNotSent, SmtpMailer
from omd.kernel.clock import Clock
from omd.kernel.errors import DatabaseUnavailable

MAIL_FOLDER = "mail"


def mailer_for(settings: Settings, clock: Clock) -> Mailer:
    """Return what sends letters: a mail server where one is set, files in the home folder otherwise."""
    if settings.smtp_url is not None:
        return SmtpMailer(settings.smtp_url, sender=settings.mail_from, clock=clock)
    return FileMailer(settings.home / MAIL_FOLDER, sender=settings.mail_from, clock=clock)


class QueuedMailer:
    """Leaves letters to the worker, which tries again while the mail server is away; encrypted until they are sent."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue

    async def send(self, letter: Letter) -> None:
        """Put the letter in the queue; raise `MailNotSent` when the database is away."""
        try:
            await self._queue.put(new_job(SEND_MAIL, letter))
        except DatabaseUnavailable as error:
            raise MailNotSent(f"the letter cannot be put in the queue: {error.code}") from error
