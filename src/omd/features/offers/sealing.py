"""Seals offers, so that what was shown can be booked without being kept: nobody can read, change or make one.

AES-256-GCM under the platform's keyring, which bounds an offer to its use; the text is MessagePack, compressed, since
it goes back and forth in every booking.
"""

import base64
import binascii
import zlib
from datetime import datetime

import msgspec

from omd.features.offers.errors import OfferExpired, OfferUnreadable
from omd.features.offers.model import Offer
from omd.infra.keyring import Keyring, SecretUnreadable
from omd.kernel.actor import Actor

MOST_CHARACTERS = 100_000
"""How long a sealed offer can be at most.

A week has some 1,400; a year in one room in which every night has other prices, with an extra adult, children of four
brackets, two supplements and three taxes, some 37,000. Nine of the longest go into one body of the API.
"""

_CONTEXT = "offer"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Offer).decode


def seal(offer: Offer, keyring: Keyring) -> str:
    """Return the offer as a text for URLs and JSON."""
    return base64.urlsafe_b64encode(keyring.encrypt(zlib.compress(_encode(offer), 1), _CONTEXT)).decode().rstrip("=")


def unseal(text: str, keyring: Keyring, actor: Actor, now: datetime) -> Offer:
    """Return the offer of a hotel that the actor reaches.

    Raises `OfferUnreadable` for what was not sealed here, was changed or is another tenant's, and `OfferExpired`.
    """
    if len(text) > MOST_CHARACTERS:
        raise _unreadable()
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        offer = _decode(zlib.decompress(keyring.decrypt(sealed, _CONTEXT)))
    except (binascii.Error, ValueError, SecretUnreadable, zlib.error, msgspec.DecodeError):
        raise _unreadable() from None
    if offer.omd_id != actor.omd_id or offer.business_id not in actor.business_ids:
        raise _unreadable()
    if now >= offer.expires_at:
        raise OfferExpired(f"This offer was good until {offer.expires_at:%Y-%m-%d %H:%M:%S} UTC. Ask for a new one.")
    return offer


def _unreadable() -> OfferUnreadable:
    return OfferUnreadable("This is no offer of this hotel, or it was changed on its way. Ask for a new one.")
