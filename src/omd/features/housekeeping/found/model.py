"""What is found in rooms as data: things that guests left, and what they took from the minibar."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from omd.features.folios import Amount
from omd.features.housekeeping.model import Reason

FoundStatus = Literal["kept", "returned", "discarded"]
Place = Annotated[
    str, msgspec.Meta(min_length=1, max_length=100, pattern="^[^\\x00-\\x1f\\x7f]*\\S[^\\x00-\\x1f\\x7f]*$(?!\\n)")
]
OwnId = Annotated[
    UUID,
    msgspec.Meta(
        description="Made by who says so: told again, it is the same.",
        examples=["01960a10-5b5c-7000-8000-3f6a1c2b4d5e"],
    ),
]
RoomId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class NewFoundItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found in a room, and where there."""

    id: OwnId
    room_id: RoomId
    description: Reason
    place: Place | None = None


class FoundItemEnd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a thing, such as to whom it was given."""

    status: Literal["returned", "discarded"]
    note: Reason | None = None


class FoundItem(msgspec.Struct, frozen=True):
    """A thing that was found; `reservation_id` is the stay in the room then, or the last that was in it."""

    id: UUID
    room_id: int
    room_number: str
    place: str | None
    description: str
    found_at: datetime
    found_by: str
    reservation_id: UUID | None
    status: FoundStatus
    note: str | None
    changed_at: datetime
    changed_by: str
    version: int


class MinibarUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What guests took from the minibar of their room, and what it costs with the taxes that prices include."""

    id: OwnId
    text: Reason
    amount: Amount


class MinibarPosted(msgspec.Struct, frozen=True):
    """What was charged to who is in the room, now or, where it was told again, before; it names nobody."""

    id: UUID
    room_id: int
    text: str
    amount: str
