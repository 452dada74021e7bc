"""Who acts: resolved once at the edge, carried into the database by every transaction."""

from typing import Literal

import msgspec

from omd.kernel.errors import NotAllowed, NotFound
from omd.kernel.ids import BusinessId, OmdId

Scope = Literal["hotel", "omd", "system"]


class Actor(msgspec.Struct, frozen=True):
    """The tenant context of one request, job or command.

    `business_ids` are the hotels whose inventory the actor sees; `staff_business_ids` those whose guests and
    reservations it may read and write. A destination's staff has every member in the first and none in the
    second: it sees rooms and totals, never a guest. `label` names the actor in events and idempotency records.
    """

    omd_id: OmdId
    scope: Scope
    business_ids: tuple[BusinessId, ...]
    staff_business_ids: tuple[BusinessId, ...]
    label: str

    def sees(self, business_id: int) -> BusinessId:
        """Return the hotel's id, or raise `NotFound` when it is absent or not the actor's to see."""
        if business_id not in self.business_ids:
            raise NotFound(f"There is no hotel {business_id}.")
        return BusinessId(business_id)

    def serves(self, business_id: int) -> BusinessId:
        """Return the hotel's id, or raise `NotFound`, or `NotAllowed` for who sees the hotel but is not its staff."""
        seen = self.sees(business_id)
        if seen not in self.staff_business_ids:
            raise NotAllowed("Guests and stays are for the hotel's own staff; a destination sees rooms and totals.")
        return seen
