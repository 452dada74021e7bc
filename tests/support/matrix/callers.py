"""Who asks: the columns of the matrix. A new kind of caller is one entry in `CALLERS`."""

from collections.abc import Awaitable, Callable, Mapping

import httpx
import msgspec

from omd.features.identity.permissions import HOTEL_SCOPES, OMD_ROLES, OMD_SCOPES, ROLES, Action, Role
from support.matrix.requests import Ids
from support.parties import Tokens
from support.persons import Headers, Persons
from support.worlds import Hotel, Omd, World

PART_OF = {"stay": "grand", "grand": "alpha", "lodge": "alpha", "harbour": "beta"}
"""The places there are: a stay lies in a hotel, a hotel in a destination; beside them `platform`."""

DESTINATIONS = ("alpha", "beta")


class Holding(msgspec.Struct, frozen=True):
    """What somebody may do in one place, as the table of permissions has it."""

    place: str
    actions: frozenset[Action]


class Entrance(msgspec.Struct, frozen=True):
    """What callers come in by; `estates` are there for who comes in by what belongs to a place, such as a stay."""

    client: httpx.AsyncClient
    world: World
    persons: Persons
    tokens: Tokens
    estates: Mapping[str, Ids] = {}

    def place(self, name: str) -> Hotel | Omd:
        """Return a hotel or destination of the world."""
        found: Hotel | Omd = getattr(self.world, name)
        return found


class Caller(msgspec.Struct, frozen=True):
    """A kind of caller: the name of its column, who that is, how it comes in, and what it may do where."""

    name: str
    who: str
    enter: Callable[[Entrance], Awaitable[Headers]]
    holdings: tuple[Holding, ...] = ()
    is_person: bool = False
    is_nobody: bool = False

    @property
    def is_of_a_stay(self) -> bool:
        """Say whether it comes in by a stay, which has to be there first."""
        return any(each.place == "stay" for each in self.holdings)


def person(name: str, who: str, *roles: tuple[Role, str]) -> Caller:
    """Return somebody signed in with these roles, each in its place."""

    async def enter(entrance: Entrance) -> Headers:
        held = [(role, entrance.place(place)) for role, place in roles if place != "platform"]
        operates = any(place == "platform" for _, place in roles)
        return await entrance.persons.headers(name.replace(" ", "-"), *held, operator=operates)

    holdings = tuple(Holding(place, ROLES[role]) for role, place in roles)
    for role, place in roles:
        assert (role in OMD_ROLES) == (place in DESTINATIONS), f"{role} is no role of {place}"
    return Caller(name, who, enter, holdings, is_person=True)


def program(name: str, who: str, place: str) -> Caller:
    """Return a program with a key of a hotel or destination, which may do all that a key may there."""

    async def enter(entrance: Entrance) -> Headers:
        return entrance.tokens.of(place)

    scopes = OMD_SCOPES if place in DESTINATIONS else HOTEL_SCOPES
    return Caller(name, who, enter, (Holding(place, scopes),))


async def _nothing(_entrance: Entrance) -> Headers:
    return {}


async def _guest_of_the_stay(entrance: Entrance) -> Headers:
    shown = {name: entrance.estates["grand"][name] for name in ("omd_id", "code")}
    shown["surname"] = entrance.estates["grand"]["last_name"]
    opened = await entrance.client.post("/api/v1/own-stay/pass", json=shown)
    assert opened.status_code == 200, opened.text
    return {"Authorization": f"Bearer {opened.json()['token']}"}


CALLERS: tuple[Caller, ...] = (
    Caller("nobody", "who shows neither a key nor a session", _nothing, is_nobody=True),
    person("no role", "a person who is signed in and has no role anywhere"),
    person(
        "far owner",
        "the owner of a hotel of another destination, who administers that destination too",
        ("owner", "harbour"),
        ("omd_administrator", "beta"),
    ),
    program("far hotel key", "a key of a hotel of another destination", "harbour"),
    program("far key", "a key of another destination", "beta"),
    person("next owner", "the owner of another hotel of the same destination", ("owner", "lodge")),
    program("next key", "a key of another hotel of the same destination", "lodge"),
    person("owner", "the hotel's owner", ("owner", "grand")),
    person("manager", "the hotel's manager", ("manager", "grand")),
    person("receptionist", "the hotel's receptionist", ("receptionist", "grand")),
    person("housekeeper", "the hotel's housekeeper", ("housekeeper", "grand")),
    person("technician", "the hotel's technician", ("technician", "grand")),
    person("accountant", "the hotel's accountant", ("accountant", "grand")),
    program("hotel key", "a key of the hotel", "grand"),
    person("administrator", "the destination's administrator", ("omd_administrator", "alpha")),
    person("analyst", "the destination's analyst", ("omd_analyst", "alpha")),
    program("destination key", "a key of the destination", "alpha"),
    Caller(
        "guest",
        "the guest of the stay, with the pass for its code and surname",
        _guest_of_the_stay,
        (Holding("stay", ROLES["guest"]),),
    ),
    person("operator", "the operator of the platform, without a role anywhere else", ("operator", "platform")),
)
"""Everybody. Nobody of them has a consent: what a hotel's consent opens is tested beside its feature."""


def lies_within(place: str | None, whole: str) -> bool:
    """Say whether a place is another one, or a part of it."""
    while place is not None:
        if place == whole:
            return True
        place = PART_OF.get(place)
    return False
