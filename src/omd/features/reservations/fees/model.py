"""What a policy comes to for a stay, and from which instants on: pure, on the hotel's wall clock."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from omd.features.rates import Fee
from omd.features.reservations.model import CENT, Reservation, Status

PLANNED_ARRIVAL = time(18)
"""When a guest is expected who did not say: until 6 pm hotels keep a room that nobody guarantees (domain.md 2.6)."""


class FeeStep(msgspec.Struct, frozen=True):
    """What is owed from an instant on, until the next step."""

    since: datetime
    amount: Decimal
    fee: Fee


class PolicyFees(msgspec.Struct, frozen=True):
    """A policy as it was when the stay was sold, what it comes to step by step, and what of it is owed."""

    policy_id: int
    code: str
    version: int
    name: str
    owed: Decimal
    steps: tuple[FeeStep, ...]


class StayFees(msgspec.Struct, frozen=True):
    """What a guest owes who cancels, or does not come, reckoned at an instant; nothing is charged by asking.

    `at` is now, or the instant at which the stay was cancelled or marked as a no-show. A part is null where the stay
    was sold without such a policy, or can no more come to it.
    """

    reservation_id: UUID
    status: Status
    currency: str
    at: datetime
    planned_arrival: datetime
    cancellation: PolicyFees | None
    no_show: PolicyFees | None


class EndedStay(Reservation, frozen=True):
    """A stay that was just cancelled or marked as a no-show, and what its guest owes, of which nothing is charged yet.

    `fees` are null for a stay that no offer priced, and hence no policy binds.
    """

    fees: StayFees | None


def instant_of(wall_clock: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which a wall clock shows a time, in UTC.

    Of a time that comes twice it is the later one, and of a time that is skipped the one that much after the change:
    whoever has until then loses nothing by a change of the clock.
    """
    return max(wall_clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def steps_of(
    fees: Sequence[Fee], *, booked_at: datetime, arrival: date, zone: ZoneInfo, nights: Mapping[date, Decimal]
) -> tuple[FeeStep, ...]:
    """Return what fees come to, in the order in which they begin; of two that begin together the later named holds."""
    steps = [FeeStep(_since(fee, booked_at, arrival, zone), _amount(fee, nights), fee) for fee in fees]
    return tuple(sorted(steps, key=lambda step: step.since))


def owed_at(steps: Sequence[FeeStep], at: datetime) -> Decimal:
    """Return what is owed at an instant: the last step that has begun, zero before the first."""
    begun = [step for step in steps if step.since <= at]
    return begun[-1].amount if begun else Decimal(0)


def planned_arrival(arrival: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a guest is expected who did not say when."""
    return instant_of(datetime.combine(arrival, PLANNED_ARRIVAL), zone)


def _since(fee: Fee, booked_at: datetime, arrival: date, zone: ZoneInfo) -> datetime:
    after = timedelta(hours=fee.hours)
    match fee.trigger:
        case "booking":
            return booked_at.astimezone(UTC) + after
        case "arrival":
            return instant_of(datetime.combine(arrival, PLANNED_ARRIVAL) + after, zone)
        case "arrival_day":
            return instant_of(datetime.combine(arrival, time()) + after, zone)


def _amount(fee: Fee, nights: Mapping[date, Decimal]) -> Decimal:
    """Return a fee's amount and its share of the first nights, as they are charged, rounded half up to hundredths."""
    charged = [nights[night] for night in sorted(nights)][: fee.nights]
    share = sum(charged, Decimal(0)) * fee.percent / 100
    return (Decimal(fee.amount) + share).quantize(CENT, ROUND_HALF_UP)
