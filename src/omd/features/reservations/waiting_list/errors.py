"""What waiting can be refused for."""

from collections.abc import Callable

from omd.db import Violation
from omd.kernel.errors import FieldProblem, InvalidInput, OmdError


class NobodyWaits(OmdError):
    """The entry of the waiting list is closed, or counts no more; `data` says its status and what stays it became."""

    code = "nobody_waits"
    status = 409
    title = "The entry of the waiting list is closed"


class PromotionDoesNotFit(OmdError):
    """What the entry was to be promoted to is not what it waits for; the entry can be changed first."""

    code = "promotion_does_not_fit"
    status = 409
    title = "That is not what the entry waits for"


def _unknown(pointer: str, code: str, said: str) -> InvalidInput:
    return InvalidInput(said, problems=(FieldProblem(pointer, code, said),))


CONSTRAINT_ERRORS: dict[str, Callable[[Violation], OmdError]] = {
    "waiting_list_entries_plan_fkey": lambda _: _unknown(
        "/rate_plan_id", "rate_plan_unknown", "This hotel has no such rate plan. Leave it out, or list the plans."
    ),
    "waiting_list_entries_types_known": lambda _: _unknown(
        "/room_type_ids", "room_type_unknown", "This hotel has no such room type. Leave it out, or list the types."
    ),
    "turnaways_type_fkey": lambda _: _unknown(
        "/room_type_id", "room_type_unknown", "This hotel has no such room type. Leave it out, or list the types."
    ),
}
"""What a breach of the constraints on the waiting list means to a caller."""
