"""One typed function a statement of `fees.sql`, and the rows they give."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from omd.db import ReadTransaction, load_statements
from omd.features.offers import OfferedPolicy
from omd.features.reservations.model import Status
from omd.kernel.actor import Actor

_SQL = load_statements("omd.features.reservations.fees", "fees.sql")


class FeeGround(msgspec.Struct, frozen=True):
    """What the fees of a stay are reckoned of; nights and policies as JSON. `ended_at`: cancelled, or a no-show.

    A cancelled stay with `hold_until` was never confirmed.
    """

    id: UUID
    status: Status
    arrival: date
    booked_at: datetime
    hold_until: datetime | None
    ended_at: datetime | None
    time_zone: str
    currency: str
    nights: str
    cancellation: str | None
    no_show: str | None

    def zone(self) -> ZoneInfo:
        """Return the time zone of the hotel."""
        return ZoneInfo(self.time_zone)

    def read_nights(self) -> dict[date, Decimal]:
        """Return what each night is charged."""
        return msgspec.json.decode(self.nights, type=dict[date, Decimal])

    def read_cancellation(self) -> OfferedPolicy | None:
        """Return the cancellation policy that the stay was sold under, or None."""
        return None if self.cancellation is None else msgspec.json.decode(self.cancellation, type=OfferedPolicy)

    def read_no_show(self) -> OfferedPolicy | None:
        """Return the no-show policy that the stay was sold under, or None."""
        return None if self.no_show is None else msgspec.json.decode(self.no_show, type=OfferedPolicy)


async def find_fee_ground(tx: ReadTransaction, actor: Actor, reservation_id: UUID) -> FeeGround | None:
    """Return what the fees of a stay of the actor's hotels are reckoned of; None for one that no offer priced too."""
    return await tx.maybe(
        _SQL["find_fee_ground"],
        FeeGround,
        omd_id=actor.omd_id,
        business_ids=actor.readable_business_ids,
        reservation_id=reservation_id,
    )
