"""What a breach of inventory's constraints means."""

from collections.abc import Callable

from omd.db import Violation
from omd.kernel.errors import InvalidInput, OmdError


class InventoryChanged(OmdError):
    """Somebody else changed the inventory at the same moment, or a booking took a room that was to leave."""

    code = "inventory_changed"
    status = 409
    title = "The inventory changed meanwhile"


class InventoryTaken(OmdError):
    """The code or number is another one's already."""

    code = "inventory_taken"
    status = 409
    title = "The code or number is taken"


def _changed(violation: Violation) -> OmdError:
    return InventoryChanged(f"{violation.message}. Nothing was changed; try again to see what needs it.")


def _taken(what: str) -> Callable[[Violation], OmdError]:
    return lambda violation: InventoryTaken(
        f"{what} is taken already: {violation.detail or violation.message} Nothing was changed."
    )


def _invalid(said: str) -> Callable[[Violation], OmdError]:
    return lambda _violation: InvalidInput(f"{said} Nothing was changed.")


CONSTRAINT_ERRORS: dict[str, Callable[[Violation], OmdError]] = {
    "businesses_code_unique": _taken("The hotel's code"),
    "room_types_code_unique": _taken("The room type's code"),
    "individual_rooms_number_unique": _taken("The room's number"),
    "individual_rooms_keep_type": _changed,
    "room_has_future_stays": _changed,
    "businesses_code_form": _invalid("A hotel's code has 1 to 40 letters, digits and . _ / -."),
    "businesses_name_given": _invalid("A hotel's name has 1 to 200 characters."),
    "businesses_currency_form": _invalid("A currency is three capital letters, like RON."),
    "businesses_currency_in_hundredths": _invalid("A hotel's currency is counted in hundredths, like RON."),
    "room_types_code_given": _invalid("A room type's code has 1 to 40 characters."),
    "room_types_name_given": _invalid("A room type's name has 1 to 200 characters."),
    "room_types_capacity_sane": _invalid(
        "A room type takes at least one adult, and at most as many persons as its adults and children together."
    ),
    "room_types_min_occupancy_sane": _invalid(
        "A room type is sold to one person or more, and to no more than it takes."
    ),
    "room_types_standard_occupancy_sane": _invalid(
        "A room type's price is for one person or more, and for no more than it takes."
    ),
    "individual_rooms_number_given": _invalid("A room's number has 1 to 20 characters."),
}
