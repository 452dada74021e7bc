"""Mail: a letter, and the ways to send one."""

from omd.infra.mail.file_mailer import FileMailer
from omd.infra.mail.letter import Letter, Mailer, MailNotSent, Outbox
from omd.infra.mail.smtp_mailer import SmtpMailer

__all__ = ["FileMailer", "Letter", "MailNotSent", "Mailer", "Outbox", "SmtpMailer"]
