"""Ids by kind, so that the type checker keeps a room from standing where a room type should."""

from typing import NewType
from uuid import UUID

OmdId = NewType("OmdId", int)
BusinessId = NewType("BusinessId", int)
RoomTypeId = NewType("RoomTypeId", int)
RoomId = NewType("RoomId", int)
ReservationId = NewType("ReservationId", UUID)
