"""What sends letters, by the settings."""

from omd.entrypoints.settings import Settings
from omd.infra.mail import FileMailer, Mailer, SmtpMailer
from omd.kernel.clock import Clock

MAIL_FOLDER = "mail"


def mailer_for(settings: Settings, clock: Clock) -> Mailer:
    """Return what sends letters: a mail server where one is set, files in the home folder otherwise."""
    if settings.smtp_url is not None:
        return SmtpMailer(settings.smtp_url, sender=settings.mail_from, clock=clock)
    return FileMailer(settings.home / MAIL_FOLDER, sender=settings.mail_from, clock=clock)
