"""Who acts: resolved once at the edge, carried into the database by every transaction."""

from typing import Literal

import msgspec

from omd.kernel.errors import NotAllowed, NotFound
from omd.kernel.ids import BusinessId, OmdId

Scope = Literal["hotel", "omd", "guest", "system"]


class Actor(msgspec.Struct, frozen=True):
    """The tenant context of one request, job or command: what row security lets it see and write.

    `business_ids` are the hotels whose inventory the actor sees; `staff_business_ids` those whose guests and
    reservations it reads and writes; `reading_business_ids` those whose guests it reads only. A destination's staff
    has every member in the first and none in the others, unless a hotel consented: it sees rooms and totals, never
    a guest. `admin_business_ids` are the hotels whose staff, keys, consents and audit it administers, and
    `administers_omd` says so of the destination itself.

    A guest acts in the scope `guest`: `stay_code` is the one stay that is theirs, and the hotel that holds it is the
    one they reach; the database lets the role in which guests act see that stay and no other.

    `label` names the actor in events, audit and idempotency records; `user_id` is the person, None for a program;
    `address` and `request_id` say where from, and by which request, it acts.
    """

    omd_id: OmdId
    scope: Scope
    business_ids: tuple[BusinessId, ...]
    staff_business_ids: tuple[BusinessId, ...]
    label: str
    reading_business_ids: tuple[BusinessId, ...] = ()
    admin_business_ids: tuple[BusinessId, ...] = ()
    administers_omd: bool = False
    operates_platform: bool = False
    user_id: int | None = None
    address: str = ""
    request_id: str = ""
    stay_code: str | None = None

    @property
    def readable_business_ids(self) -> tuple[BusinessId, ...]:
        """Return the hotels whose guests and reservations the actor reads: those it serves among them."""
        return self.staff_business_ids + self.reading_business_ids

    def sees(self, business_id: int) -> BusinessId:
        """Return the hotel's id, or raise `NotFound` when it is absent or not the actor's to see."""
        if business_id not in self.business_ids:
            raise NotFound(f"There is no hotel {business_id}.")
        return BusinessId(business_id)

    def reads(self, business_id: int) -> BusinessId:
        """Return the hotel's id, or raise `NotFound`, or `NotAllowed` for who sees the hotel but not its guests."""
        seen = self.sees(business_id)
        if seen not in self.staff_business_ids and seen not in self.reading_business_ids:
            raise NotAllowed("Guests and stays are for the hotel's own staff; a destination sees rooms and totals.")
        return seen

    def serves(self, business_id: int) -> BusinessId:
        """Return the hotel's id, or raise `NotFound`, or `NotAllowed` for who may not do this there."""
        seen = self.sees(business_id)
        if seen not in self.staff_business_ids:
            raise NotAllowed("This is for the hotel's own staff, in a role that may do it.")
        return seen

    def administers(self, business_id: int) -> BusinessId:
        """Return the hotel's id, or raise `NotFound`, or `NotAllowed` for who does not administer it."""
        seen = self.sees(business_id)
        if seen not in self.admin_business_ids:
            raise NotAllowed("This is for whoever administers the hotel, such as its owner.")
        return seen
