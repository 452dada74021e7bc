"""What is refused to whoever closes a business date."""

from omd.db import ConstraintErrors
from omd.kernel.errors import OmdError


class DateByClock(OmdError):
    """The hotel's business date goes by the clock: there is nothing to close."""

    code = "business_date_by_clock"
    status = 409
    title = "The business date goes by the clock"


class DateNotOpen(OmdError):
    """The hotel works on another date; `data.business_date` is the one that may be closed."""

    code = "date_not_open"
    status = 409
    title = "The date is not open"


class DateBehind(OmdError):
    """The hotel's business date is not the one of its clock: it cannot go over to the clock."""

    code = "business_date_behind"
    status = 409
    title = "The business date is not today"


class NightAuditTooEarly(OmdError):
    """The day has not ended on the hotel's clock; `data.may_start_at` says when it will have."""

    code = "night_audit_too_early"
    status = 409
    title = "The day has not ended"


class NightAuditUnderWay(OmdError):
    """Somebody is at it; `data` says who, and since when."""

    code = "night_audit_under_way"
    status = 409
    title = "The night audit is under way"


class NightAuditDone(OmdError):
    """The date is closed; `data` says who closed it, and when."""

    code = "night_audit_done"
    status = 409
    title = "The date is closed"


class NightAuditBlocked(OmdError):
    """Guests who were to leave are in the house: `data.decisions` names them. Decide, then start the audit again."""

    code = "night_audit_blocked"
    status = 409
    title = "The night audit waits for decisions"


class NightAuditTakenOver(OmdError):
    """This attempt was silent for so long that another one took over; nothing more was done by this one."""

    code = "night_audit_taken_over"
    status = 409
    title = "Another attempt took over"


CONSTRAINT_ERRORS: ConstraintErrors = {
    "night_audits_of_open_date": lambda _: DateNotOpen("The hotel works on another date now; nothing was started."),
}
