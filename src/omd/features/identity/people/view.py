"""What a signed-in person is told of themselves."""

from datetime import datetime

import msgspec

from omd.db import Database
from omd.features.identity import queries as identity_queries
from omd.features.identity.people import queries
from omd.features.identity.people.model import Language, Membership, csrf_token
from omd.features.identity.people.sessions import SignedIn
from omd.features.identity.permissions import OMD_ROLES, ROLES, Action, Role
from omd.kernel.actor import Actor, Scope
from omd.kernel.ids import BusinessId, OmdId


class UserView(msgspec.Struct, frozen=True):
    """A person, as they see themselves."""

    id: int
    email: str
    name: str
    language: Language
    is_operator: bool
    has_second_factor: bool
    recovery_codes_left: int


class MembershipView(msgspec.Struct, frozen=True):
    """A role of a person: in a hotel, or in the destination itself when `business_id` is null."""

    omd_id: OmdId
    omd_name: str
    business_id: BusinessId | None
    business_name: str | None
    role: Role


class HotelPermissions(msgspec.Struct, frozen=True):
    """What a person may do in one hotel."""

    business_id: BusinessId
    actions: list[Action]


class Permissions(msgspec.Struct, frozen=True):
    """What a person may do in the destination they work in: in its hotels, in itself, and on the platform."""

    hotels: list[HotelPermissions]
    destination: list[Action]
    platform: list[Action]


class SessionView(msgspec.Struct, frozen=True):
    """A session: whose, where they work now, and what they may do there.

    `csrf_token` goes back in the header `X-CSRF-Token` of every change. The session is over at `expires_at` (UTC),
    and before that after `idle_seconds` without a request.
    """

    user: UserView
    working_omd_id: OmdId | None
    memberships: list[MembershipView]
    permissions: Permissions
    second_factor: bool
    csrf_token: str
    expires_at: datetime
    idle_seconds: int


async def describe_session(db: Database, signed_in: SignedIn, *, idle_seconds: int) -> SessionView:
    """Return what a person is told of their session."""
    session = signed_in.session
    async with db.transaction(None) as tx:
        await queries.open_person(tx, session.user_id)
        person = await queries.find_person(tx, session.user_id)
        credentials = await queries.find_credentials(tx, session.user_id)
        codes = await queries.count_recovery_codes(tx, session.user_id)
    assert person is not None, "whoever is signed in is there"
    return SessionView(
        user=UserView(
            person.id,
            person.email,
            person.name,
            person.language,
            person.is_operator,
            credentials is not None and credentials.has_second_factor,
            codes,
        ),
        working_omd_id=session.working_omd_id,
        memberships=await _describe_memberships(db, session.memberships, signed_in.principal.label),
        permissions=permissions_of(signed_in),
        second_factor=session.second_factor,
        csrf_token=csrf_token(signed_in.token),
        expires_at=session.expires_at,
        idle_seconds=idle_seconds,
    )


def permissions_of(signed_in: SignedIn) -> Permissions:
    """Return what a person may do where they work now, from the one table."""
    hotels: dict[BusinessId, set[Action]] = {}
    destination: set[Action] = set()
    for grant in signed_in.principal.grants:
        if grant.business_id is None:
            destination |= grant.actions
        else:
            hotels.setdefault(grant.business_id, set()).update(grant.actions)
    platform = ROLES["operator"] if signed_in.session.is_operator else frozenset()
    return Permissions(
        [HotelPermissions(each, sorted(actions)) for each, actions in sorted(hotels.items())],
        sorted(destination),
        sorted(platform),
    )


async def _describe_memberships(db: Database, memberships: tuple[Membership, ...], label: str) -> list[MembershipView]:
    """Return the roles with the names of where they are, each destination asked in its own context."""
    said = []
    for omd_id in sorted({each.omd_id for each in memberships}):
        held = [each for each in memberships if each.omd_id == omd_id]
        hotels = tuple(sorted({each.business_id for each in held if each.business_id is not None}))
        scope: Scope = "omd" if any(each.role in OMD_ROLES for each in held) else "hotel"
        async with db.reading(Actor(omd_id, scope, hotels, (), label)) as tx:
            omd = await identity_queries.get_omd(tx, omd_id)
            names = {each.id: each.name for each in await queries.describe_hotels(tx, omd_id, hotels)}
        assert omd is not None, "a membership's destination is there"
        said += [
            MembershipView(omd_id, omd.name, each.business_id, names.get(each.business_id or 0), each.role)
            for each in held
        ]
    return said
