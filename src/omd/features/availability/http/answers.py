"""What a search answers, and how it is made of what was found."""

from datetime import date

import msgspec

from omd.features.availability.model import NightAvailability, TypeAvailability, sum_of_hotel


class RoomTypeAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One room type over the stay: the least of its nights. `nights` only when asked for."""

    room_type_id: int
    code: str
    name: str
    quantity: int
    max_adults: int
    max_children: int
    max_occupancy: int
    available: int
    sellable: int
    nights: tuple[NightAvailability, ...] = ()


class BusinessAnswer(msgspec.Struct, frozen=True):
    """What one hotel has for the stay: every room type that takes the party, those without rooms included."""

    business_id: int
    arrival: date
    departure: date
    room_types: tuple[RoomTypeAnswer, ...]


class MemberAnswer(msgspec.Struct, frozen=True):
    """What one hotel of the destination has for the stay: nothing where its business date has passed the arrival.

    `sellable` is the sum over its room types, but no more than its house-wide limit leaves to all of them together.
    """

    business_id: int
    code: str
    name: str
    business_date: date
    available: int
    sellable: int
    room_types: tuple[RoomTypeAnswer, ...]


class DestinationAnswer(msgspec.Struct, frozen=True):
    """What the hotels of a destination that take the party have for the stay.

    `available` and `sellable` are the sums over the whole destination, whichever page of `businesses` this is.
    """

    omd_id: int
    arrival: date
    departure: date
    available: int
    sellable: int
    businesses: tuple[MemberAnswer, ...]


def room_type_answer(found: TypeAvailability, nights: tuple[NightAvailability, ...] = ()) -> RoomTypeAnswer:
    return RoomTypeAnswer(
        found.room_type_id,
        found.code,
        found.name,
        found.quantity,
        found.max_adults,
        found.max_children,
        found.max_occupancy,
        found.available,
        found.sellable,
        nights,
    )


def member_answer(found: list[TypeAvailability]) -> MemberAnswer:
    """Return one hotel's part of the answer from its room types, at least one."""
    total = sum_of_hotel(found)
    return MemberAnswer(
        found[0].business_id,
        found[0].business_code,
        found[0].business_name,
        found[0].business_date,
        total.available,
        total.sellable,
        tuple(room_type_answer(each) for each in found),
    )
