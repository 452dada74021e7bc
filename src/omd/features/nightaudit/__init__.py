"""Night audits: a hotel's business date is closed, what it was is frozen, and the next one is opened."""

from omd.features.nightaudit.checks import check_audits
from omd.features.nightaudit.commands import catch_up, run_night_audit, show_audit
from omd.features.nightaudit.errors import CONSTRAINT_ERRORS, NightAuditBlocked
from omd.features.nightaudit.model import NightAuditShown, Settings
from omd.features.nightaudit.queries import Hotel, list_audits, list_automatic

__all__ = [
    "CONSTRAINT_ERRORS",
    "Hotel",
    "NightAuditBlocked",
    "NightAuditShown",
    "Settings",
    "catch_up",
    "check_audits",
    "list_audits",
    "list_automatic",
    "run_night_audit",
    "show_audit",
]
