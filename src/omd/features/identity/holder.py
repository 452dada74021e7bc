"""Whose keys, accounts, staff and consents: a hotel's, or the destination's own."""

import msgspec

from omd.kernel.actor import Actor
from omd.kernel.errors import NotAllowed, NotFound
from omd.kernel.ids import BusinessId, OmdId


class Holder(msgspec.Struct, frozen=True):
    """One hotel, or the destination itself when `business_id` is None."""

    omd_id: OmdId
    business_id: BusinessId | None


def holder_of_business(actor: Actor, business_id: int) -> Holder:
    """Return the hotel as a holder; raise `NotFound`, or `NotAllowed` for who does not administer it."""
    return Holder(actor.omd_id, actor.administers(business_id))


def holder_of_omd(actor: Actor, omd_id: int) -> Holder:
    """Return the destination as a holder; raise `NotFound`, or `NotAllowed` for who does not administer it."""
    if omd_id != actor.omd_id:
        raise NotFound(f"There is no destination {omd_id}.")
    if not actor.administers_omd:
        raise NotAllowed("This is for whoever administers the destination.")
    return Holder(actor.omd_id, None)
