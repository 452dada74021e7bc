"""What is refused for a registration that is not whole."""

import msgspec

from omd.db import ConstraintErrors, Violation
from omd.kernel.errors import OmdError


class NotRegistered(OmdError):
    """The hotel takes nobody in whose registration form lacks a required field; `data.missing` says which, by guest."""

    code = "not_registered"
    status = 409
    title = "The registration form is not complete"


def _not_registered(violation: Violation) -> NotRegistered:
    missing = msgspec.json.decode(violation.detail or "[]")
    said = "; ".join(f"guest {each['guest']} lacks {', '.join(each['fields'])}" for each in missing)
    return NotRegistered(
        f"The registration form is not complete: {said}. Change the stay's guests first.", data={"missing": missing}
    )


CONSTRAINT_ERRORS: ConstraintErrors = {"reservations_registered": _not_registered}
