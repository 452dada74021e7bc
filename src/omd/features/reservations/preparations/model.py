"""When the guests of a stay will arrive, and what they asked for."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from omd.features.reservations.model import LongText

Hour = Annotated[
    str,
    msgspec.Meta(
        pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\\n)", description="HH:MM on the hotel's clock.", examples=["22:30"]
    ),
]


class EstimatedArrival(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the guests think they will arrive, on the hotel's clock; None when nobody knows any more."""

    estimated_arrival: Hour | None


class NewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the guests ask for: by a kind of the hotel's, such as `baby_cot`, in words, or both."""

    kind: Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,40}$(?!\\n)", examples=["baby_cot"])] | None = None
    text: LongText | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for a request that asks for nothing."""
        if self.kind is None and not (self.text or "").strip():
            raise ValueError("Say what is asked for: a kind, a text, or both")


class RequestMark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether what was asked for is done."""

    done: bool


class StayRequest(msgspec.Struct, frozen=True):
    """What the guests of a stay asked for, and who saw to it."""

    id: UUID
    reservation_id: UUID
    kind: str | None
    text: str | None
    asked_at: datetime
    asked_by: str
    done_at: datetime | None
    done_by: str | None


class Preparations(msgspec.Struct, frozen=True):
    """What a desk prepares for; `arrives_late` says that rooms are not held so long: after the hour set, or until 5."""

    reservation_id: UUID
    version: int
    estimated_arrival: str | None
    arrives_late: bool
    requests: list[StayRequest]


class ArrivalRow(msgspec.Struct, frozen=True):
    """When the guests of a stay will arrive, and the version of the stay."""

    version: int
    estimated_arrival: str | None
    arrives_late: bool
