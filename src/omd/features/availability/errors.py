"""What availability can refuse."""

from collections.abc import Callable, Sequence
from datetime import date

from omd.db import Violation
from omd.features.availability.model import Horizon, NightShort
from omd.kernel.dates import StayDates
from omd.kernel.errors import DatabaseUnavailable, FieldProblem, OmdError


class BeyondHorizon(OmdError):
    """A night lies outside the dates that are open for sale."""

    code = "beyond_horizon"
    status = 422
    title = "The dates are not open for sale"


class ArrivalInThePast(OmdError):
    """The arrival lies before the hotel's business date."""

    code = "arrival_in_the_past"
    status = 422
    title = "The arrival is in the past"


class MaintenanceOverlaps(OmdError):
    """The room is already under maintenance on one of the nights."""

    code = "maintenance_overlaps"
    status = 409
    title = "The room is already under maintenance then"


class HoldBackOverlaps(OmdError):
    """The room is already held back on one of the nights."""

    code = "hold_back_overlaps"
    status = 409
    title = "The room is already held back then"


class HeldBeyondRooms(OmdError):
    """More rooms of a type would be held back than there are."""

    code = "held_beyond_rooms"
    status = 409
    title = "There are not so many rooms to hold back"


class HoldBackBegun(OmdError):
    """Nights of the hold-back are over; what they held stays as it was."""

    code = "hold_back_begun"
    status = 409
    title = "Its nights so far stay as they were"


class AvailabilityDefect(OmdError):
    """Two facts that must agree do not; the write was refused to keep them from parting further."""

    code = "availability_conflict"
    status = 409
    title = "Somebody else just took that room"


class CountersExceeded(OmdError):
    """The change would leave more nights sold than the hotel can house."""

    code = "sold_nights_uncovered"
    status = 409
    title = "More is sold than would be left"


def more_is_sold(nights: Sequence[NightShort]) -> CountersExceeded:
    """Return the refusal that names the nights, at least one, on which more is sold than would be left."""
    told = [each for each in nights if each.of_house == nights[0].of_house]
    listed = ", ".join(f"{each.date} ({each.sold} sold, {each.left} left)" for each in told[:7])
    more = f" and {len(told) - 7} more nights" if len(told) > 7 else ""
    what = "the house-wide limit would leave" if told[0].of_house else "would be left"
    return CountersExceeded(
        f"More is sold than {what} on {listed}{more}. Move or cancel stays, or override by name.",
        data={"nights": [{"date": each.date, "sold": each.sold, "left": each.left} for each in told]},
    )


def memory_alone() -> DatabaseUnavailable:
    """Return the refusal of what is not remembered, where the database could not even be asked for whom it is."""
    return DatabaseUnavailable("The database is away, and this is not remembered. Try again shortly.", retry_after=2)


def beyond_horizon(
    stay: StayDates,
    horizon: Horizon | None,
    *,
    prefix: str = "/",
    names: tuple[str, str] = ("arrival", "departure"),
) -> BeyondHorizon:
    """Return the refusal of a stay that leaves the horizon, naming the date at fault and the dates that are open.

    `prefix` and `names` make the pointer to the first or the last date.
    """
    if horizon is None:
        return BeyondHorizon("This destination has no dates open for sale yet. Run `omd upkeep` to open them.")
    name = names[0] if stay.arrival < horizon.starts_on else names[1]
    said = (
        f"Dates from {horizon.starts_on} to {horizon.ends_on} (last departure) are open; "
        f"{stay.arrival} to {stay.departure} is not within them."
    )
    data: dict[str, object] = {"open_from": horizon.starts_on, "last_departure": horizon.ends_on}
    return BeyondHorizon(said, problems=(FieldProblem(f"{prefix}{name}", "beyond_horizon", said),), data=data)


def arrival_in_the_past(
    arrival: date, business_date: date, *, prefix: str = "/", name: str = "arrival"
) -> ArrivalInThePast:
    """Return the refusal of a stay that can no longer begin; `prefix` and `name` make the pointer to its arrival."""
    said = f"The arrival {arrival} lies before the hotel's business date {business_date}."
    return ArrivalInThePast(said, problems=(FieldProblem(f"{prefix}{name}", "arrival_in_the_past", said),))


def within(stay: StayDates, horizon: Horizon | None) -> bool:
    """Say whether every night of the stay is open."""
    return horizon is not None and horizon.starts_on <= stay.arrival and stay.departure <= horizon.ends_on


def _conflict(violation: Violation) -> OmdError:
    return AvailabilityDefect(f"{violation.message}. Nothing was written; search again and retry.")


CONSTRAINT_ERRORS: dict[str, Callable[[Violation], OmdError]] = {
    "maintenance_intervals_one_a_night": lambda v: MaintenanceOverlaps(f"{v.message}. End that maintenance first."),
    "maintenance_intervals_room_fkey": lambda _: AvailabilityDefect("There is no such room in this hotel."),
    "hold_backs_one_a_night": lambda v: HoldBackOverlaps(f"{v.message}. End that hold-back first."),
    "hold_backs_type_fkey": lambda _: AvailabilityDefect("There is no such room type in this hotel."),
    "hold_backs_room_fkey": lambda _: AvailabilityDefect("There is no such room in this hotel."),
    "hold_backs_room_of_type": _conflict,
    "room_availability_no_stay_held_back": _conflict,
    "room_type_availability_never_oversold": lambda _: CountersExceeded(
        "More rooms are sold on some of these nights than would be left. Move or cancel stays, or override by name."
    ),
    "house_availability_never_oversold": lambda _: CountersExceeded(
        "More rooms are sold on some of these nights than the house-wide limit would leave. "
        "Move or cancel stays, raise that limit, or override by name."
    ),
    "house_availability_agrees": _conflict,
    "room_availability_claimed_once": _conflict,
    "room_availability_claim_agrees": _conflict,
    "room_availability_no_stay_out_of_order": _conflict,
    "reservation_nights_unique": _conflict,
    "no_partition": lambda v: BeyondHorizon(f"{v.message}. Run `omd upkeep` to open the dates; nothing was written."),
    "reservation_nights_within_horizon": lambda v: BeyondHorizon(f"{v.message}. Nothing was written."),
}
"""What a breach of this feature's constraints means to a caller."""
