"""What identity refuses."""

from collections.abc import Callable

from omd.db import Violation
from omd.features.identity.machines.errors import CONSTRAINT_ERRORS as OF_MACHINES
from omd.features.identity.staff.errors import CONSTRAINT_ERRORS as OF_STAFF
from omd.kernel.errors import InvalidInput, NotFound, OmdError


class OmdNotFound(NotFound):
    """No destination has this code."""

    code = "omd_not_found"
    title = "There is no such destination"


class HotelNotFound(NotFound):
    """No hotel of the destination has this code."""

    code = "hotel_not_found"
    title = "There is no such hotel"


class TokenNotFound(NotFound):
    """No token in force has this prefix."""

    code = "token_not_found"
    title = "There is no such token"


def _name_not_given(_violation: Violation) -> OmdError:
    return InvalidInput("A name has 1 to 200 characters and is not blank. Give another name.")


CONSTRAINT_ERRORS: dict[str, Callable[[Violation], OmdError]] = {
    "access_tokens_name_given": _name_not_given,
    "omds_name_given": _name_not_given,
    **OF_MACHINES,
    **OF_STAFF,
}
