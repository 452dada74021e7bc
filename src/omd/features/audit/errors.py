"""What the audit refuses."""

from omd.db import ConstraintErrors, Violation
from omd.kernel.errors import OmdError


class AppendOnly(OmdError):
    """What is on record stays as it is."""

    code = "append_only"
    status = 409
    title = "What is on record does not change"


class RuleNotPossible(OmdError):
    """A retention rule that cannot be kept."""

    code = "rule_not_possible"
    status = 422
    title = "Such a rule cannot be kept"


def _of_the_destination(_violation: Violation) -> OmdError:
    return RuleNotPossible("A month of the audit holds every hotel's entries: set its rule for the whole destination.")


def _days(_violation: Violation) -> OmdError:
    return RuleNotPossible("Keep it at least 0 days, the audit at least 30, and anything at most 36,500.")


def _append_only(_violation: Violation) -> OmdError:
    return AppendOnly("The audit and the record of erasures are added to and never changed; nothing was written.")


CONSTRAINT_ERRORS: ConstraintErrors = {
    "audit_log_append_only": _append_only,
    "erasures_append_only": _append_only,
    "retention_rules_audit_is_the_omds": _of_the_destination,
    "retention_rules_days_sane": _days,
}
