"""What the audit refuses."""

from omd.db import ConstraintErrors, Violation
from omd.kernel.errors import OmdError


class AppendOnly(OmdError):
    """What is on record stays as it is."""

    code = "append_only"
    status = 409
    title = "What is on record does not change"


def _append_only(_violation: Violation) -> OmdError:
    return AppendOnly("The audit and the record of erasures are added to and never changed; nothing was written.")


CONSTRAINT_ERRORS: ConstraintErrors = {
    "audit_log_append_only": _append_only,
    "erasures_append_only": _append_only,
}
