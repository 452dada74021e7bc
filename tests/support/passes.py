"""Guests of hotels, as they come in with the pass of a stay."""

from omd.features.identity import GuestPasses
from omd.kernel.clock import Clock
from support.served_app import KEYRING
from support.worlds import Hotel


def guest_headers(hotel: Hotel, stay_code: str, clock: Clock) -> dict[str, str]:
    """Return what the guest of a stay sends along; there need be no such stay."""
    given = GuestPasses(KEYRING, clock=clock).issue(hotel.omd_id, hotel.id, stay_code)
    return {"Authorization": f"Bearer {given.token}"}
