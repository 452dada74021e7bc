"""Photos of tickets: added once, shown to the hotel's staff, taken off."""

import hashlib
from datetime import datetime
from uuid import UUID

from omd.db import ReadTransaction, Transaction
from omd.features.maintenance import queries
from omd.features.maintenance.commands import get_ticket, locked_for
from omd.features.maintenance.errors import PhotoIdTaken
from omd.features.maintenance.model import TicketPhoto
from omd.features.maintenance.queries import Taken, Workshop
from omd.infra.darkroom import Picture
from omd.kernel.errors import NotFound


def digest_of(sent: bytes) -> bytes:
    """Return by what a file that was sent is known when it comes again."""
    return hashlib.sha256(sent).digest()


async def find_sent(
    tx: ReadTransaction, workshop: Workshop, ticket_id: UUID, photo_id: UUID, digest: bytes
) -> TicketPhoto | None:
    """Return the photo of this id, where the same file made it for the same ticket, None where there is none.

    Raises `PhotoIdTaken` where another file or ticket has the id.
    """
    known = await queries.find_photo(tx, workshop, photo_id)
    if known is None:
        return None
    if (known.ticket_id, known.sent_digest) != (ticket_id, digest):
        raise PhotoIdTaken(f"Photo {photo_id} is another picture, or of another ticket. Send this one under a new id.")
    return known.read()


async def add_photo(
    tx: Transaction,
    workshop: Workshop,
    ticket_id: UUID,
    photo_id: UUID,
    picture: Picture,
    digest: bytes,
    *,
    now: datetime,
) -> TicketPhoto:
    """Add a picture to a ticket and return the photo; what was sent before is there once.

    Raises `NotFound`, `TicketActionRefused`, `PhotoIdTaken`, and `TooManyPhotos`.
    """
    row = await locked_for(tx, workshop, ticket_id, "add_photo", now)
    known = await find_sent(tx, workshop, ticket_id, photo_id, digest)
    if known is not None:
        return known
    await queries.add_photo(tx, workshop, ticket_id, photo_id, picture, digest, now)
    await queries.take_step(tx, workshop, ticket_id, Taken("photographed", row.status), now)
    added = await find_sent(tx, workshop, ticket_id, photo_id, digest)
    assert added is not None, "it was written a moment ago in this transaction"
    return added


async def remove_photo(tx: Transaction, workshop: Workshop, ticket_id: UUID, photo_id: UUID, *, now: datetime) -> None:
    """Take a photo off a ticket, for good; raise `NotFound`."""
    row = await locked_for(tx, workshop, ticket_id, "comment", now)
    known = await queries.find_photo(tx, workshop, photo_id)
    if known is None or known.ticket_id != ticket_id:
        raise _no_photo(photo_id)
    await queries.remove_photo(tx, workshop, ticket_id, photo_id)
    await queries.take_step(tx, workshop, ticket_id, Taken("photo_removed", row.status), now)


async def list_photos(tx: ReadTransaction, workshop: Workshop, ticket_id: UUID, now: datetime) -> list[TicketPhoto]:
    """Return the photos of a ticket, the first first; raise `NotFound`."""
    await get_ticket(tx, workshop, ticket_id, now)
    return await queries.list_photos(tx, workshop, ticket_id)


async def read_photo(tx: ReadTransaction, workshop: Workshop, ticket_id: UUID, photo_id: UUID, *, small: bool) -> bytes:
    """Return a photo of a ticket, or its thumbnail, as JPEG; raise `NotFound`."""
    image = await queries.read_photo(tx, workshop, ticket_id, photo_id, small=small)
    if image is None:
        raise _no_photo(photo_id)
    return image


def _no_photo(photo_id: UUID) -> NotFound:
    return NotFound(f"This ticket has no photo {photo_id}.")
