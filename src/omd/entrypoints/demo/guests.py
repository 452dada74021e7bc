"""The demo's guests and their stays: invented, plausible, the same at every run."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

from omd.features.inventory import Business, RoomType
from omd.features.reservations import Guest, NewReservation, Price

FIRST_NAMES = (
    *("Andrei", "Maria", "Ioana", "Mihai", "Elena", "Radu", "Ana", "Vlad", "Cristina", "George", "Simona", "Dan"),
    *("Ștefan", "Raluca", "Tudor", "Irina", "Sorin", "Alina", "Bogdan", "Diana", "Petru", "Oana", "Luca", "Adela"),
)
LAST_NAMES = (
    *("Popescu", "Ionescu", "Dumitrescu", "Stan", "Gheorghe", "Rusu", "Munteanu", "Matei", "Marin", "Lazăr", "Ciobanu"),
    *("Șerban", "Florea", "Moldovan", "Dobre", "Barbu", "Nistor", "Tănase", "Cozma", "Preda", "Neagu", "Iliescu"),
)
VISITORS = (
    *(("Anna", "Schneider", "DE"), ("Lukas", "Wagner", "AT"), ("Emma", "Martin", "FR"), ("Oliver", "Smith", "GB")),
    *(("Giulia", "Rossi", "IT"), ("Zsófia", "Nagy", "HU"), ("Ivan", "Petrov", "BG"), ("Noa", "Levi", "IL")),
)
VISITOR_SHARE = 0.2
WEEKS_AHEAD = 8
NIGHTS = (1, 1, 2, 2, 2, 3, 3, 4, 5, 7)
NIGHT_PRICE = 140
PRICE_PER_ADULT = 95


def invent_stays(hotel: Business, room_types: Sequence[RoomType], today: date, count: int) -> list[NewReservation]:
    """Return `count` stays in the hotel over the next weeks, more of them soon than late."""
    chance = random.Random(f"{hotel.omd_id}/{hotel.code}")  # noqa: S311 - nothing here is secret
    offered = [room_type for room_type in room_types if room_type.quantity]
    weights = [room_type.quantity for room_type in offered]
    return [_invent_stay(chance, chance.choices(offered, weights)[0], today) for _ in range(count if offered else 0)]


def _invent_stay(chance: random.Random, room_type: RoomType, today: date) -> NewReservation:
    arrival = today + timedelta(days=int(min(chance.expovariate(1 / 18), WEEKS_AHEAD * 7)))
    nights = chance.choice(NIGHTS)
    adults = chance.randint(1, room_type.max_adults)
    most_children = min(room_type.max_children, room_type.max_occupancy - adults)
    return NewReservation(
        room_type_id=room_type.id,
        arrival=arrival,
        departure=arrival + timedelta(days=nights),
        adults=adults,
        children=chance.randint(0, most_children) if chance.random() < 0.3 else 0,
        guests=[_invent_guest(chance)],
        price=Price(str(nights * (NIGHT_PRICE + adults * PRICE_PER_ADULT))),
    )


def _invent_guest(chance: random.Random) -> Guest:
    if chance.random() < VISITOR_SHARE:
        first, last, country = chance.choice(VISITORS)
    else:
        first, last, country = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES), "RO"
    return Guest(first_name=first, last_name=last, country=country)
