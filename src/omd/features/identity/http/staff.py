"""People and their roles over HTTP: of a hotel, of a destination, and a hotel's first owner."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from omd.db import Transaction
from omd.features.identity.holder import Holder, holder_of_business, holder_of_omd
from omd.features.identity.http.keys import Name
from omd.features.identity.people import normal_email
from omd.features.identity.permissions import Role
from omd.features.identity.staff import commands, queries
from omd.features.identity.staff.errors import InvitationsOff
from omd.features.identity.staff.model import Invitation, Language, Member, Person, SendInvitation
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    PathId,
    Writer,
    json_answer,
)
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock

Email = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\s*[^@\s\x00]+@[^@\s\x00]+\s*$",
        max_length=320,
        extra_json_schema={"examples": ["ana@example.com"]},
    ),
]
HotelRole = Literal["owner", "manager", "receptionist", "housekeeper", "accountant"]
OmdRole = Literal["omd_administrator", "omd_analyst"]


class NewPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to invite. Somebody who is known already keeps the name and language they chose."""

    email: Email
    name: Name
    language: Language = "en"


class HotelInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to invite to a hotel, in which role. Somebody who is known already keeps name and language."""

    email: Email
    name: Name
    role: HotelRole
    language: Language = "en"


class OmdInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to invite to a destination, in which role. Somebody who is known already keeps name and language."""

    email: Email
    name: Name
    role: OmdRole
    language: Language = "en"


class RoleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The role to have instead."""

    role: HotelRole


class Invitations(msgspec.Struct, frozen=True):
    """How invitations are sent; None where this server sends no mail."""

    send: SendInvitation | None = None


InvitationsDep: TypeAlias = NamedDependency[Invitations]

INVITED = {201: ResponseSpec(Member, description="The role is given, the invitation sent.", generate_examples=False)}
_STANDS = {200: ResponseSpec(Member, description="The membership.", generate_examples=False)}


def person_of(data: NewPerson | HotelInvitation | OmdInvitation) -> Person:
    """Return the person to invite, the e-mail in its normal spelling."""
    return Person(normal_email(data.email), data.name.strip(), data.language)


def sender_of(invitations: Invitations) -> SendInvitation:
    """Return what sends invitations, or raise `InvitationsOff`."""
    if invitations.send is None:
        raise InvitationsOff("This server sends no mail, so nobody can be invited. Set up its mail, then try again.")
    return invitations.send


def sent_with(writer: Writer, answer: Response[bytes], send: SendInvitation, made: list[Invitation]) -> Response[bytes]:
    """Return the answer; once it is given, the invitation goes out, if this request is the one that made it."""
    if writer.did_work and made:
        answer.background = BackgroundTask(send, made[-1])
    return answer


async def _invite(
    writer: Writer,
    actor: Actor,
    holder: Holder,
    person: NewPerson | HotelInvitation | OmdInvitation,
    role: Role,
    invitations: Invitations,
    clock: Clock,
) -> Response[bytes]:
    made: list[Invitation] = []
    send = sender_of(invitations)

    async def work(tx: Transaction) -> Answer:
        member, invitation = await commands.invite(tx, actor, holder, person_of(person), role, now=clock.now())
        made.append(invitation)
        return json_answer(member, status=HTTP_201_CREATED)

    return sent_with(writer, await writer.run(work), send, made)


async def _end(writer: Writer, actor: Actor, holder: Holder, membership_id: int, clock: Clock) -> Response[bytes]:
    async def work(tx: Transaction) -> Answer:
        return json_answer(await commands.end_membership(tx, actor, holder, membership_id, now=clock.now()))

    return await writer.run(work)


class HotelStaff(Controller):
    """Who works in a hotel."""

    path = "/businesses/{business_id:int}/staff"
    tags = ("Staff",)

    @get(operation_id="listStaff", summary="List a hotel's staff", responses=COMMON_PROBLEMS)
    async def list_members(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> list[Member]:
        """List who works in a hotel, by name, one entry for every role."""
        holder = holder_of_business(actor, business_id)
        async with database.reading(actor) as tx:
            return await queries.list_members(tx, holder)

    @post(operation_id="inviteStaff", summary="Invite somebody to a hotel", responses={**INVITED, **COMMON_PROBLEMS})
    async def invite(
        self,
        business_id: PathId,
        data: JSONBody[HotelInvitation],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        invitations: InvitationsDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give somebody a role, no higher than your own reaches, and send them a link to choose a password."""
        del idempotency_key
        holder, writer = holder_of_business(actor, business_id), Writer(request, database, actor)
        return await _invite(writer, actor, holder, data, data.role, invitations, clock)

    @patch(
        "/{membership_id:int}",
        operation_id="changeStaffRole",
        summary="Change somebody's role in a hotel",
        responses={**_STANDS, **COMMON_PROBLEMS},
    )
    async def change_role(
        self,
        business_id: PathId,
        membership_id: PathId,
        data: JSONBody[RoleChange],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """End one membership and begin one in the other role; the answer is the new one, with an id of its own."""
        del idempotency_key
        holder = holder_of_business(actor, business_id)

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.change_role(tx, actor, holder, membership_id, data.role, now=clock.now()))

        return await Writer(request, database, actor).run(work)

    @delete(
        "/{membership_id:int}",
        operation_id="endStaff",
        summary="End somebody's role in a hotel",
        status_code=HTTP_200_OK,
        responses={**_STANDS, **COMMON_PROBLEMS},
    )
    async def end(
        self,
        business_id: PathId,
        membership_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """End a membership, within a second on every server; the last owner stays."""
        holder = holder_of_business(actor, business_id)
        return await _end(Writer(request, database, actor), actor, holder, membership_id, clock)


class OmdStaff(Controller):
    """Who works in a destination."""

    path = "/omds/{omd_id:int}/staff"
    tags = ("Staff",)

    @get(operation_id="listOmdStaff", summary="List a destination's staff", responses=COMMON_PROBLEMS)
    async def list_members(self, omd_id: PathId, actor: ActorDep, database: DatabaseDep) -> list[Member]:
        """List who works in the destination itself, by name, one entry for every role."""
        holder = holder_of_omd(actor, omd_id)
        async with database.reading(actor) as tx:
            return await queries.list_members(tx, holder)

    @post(
        operation_id="inviteOmdStaff",
        summary="Invite somebody to a destination",
        responses={**INVITED, **COMMON_PROBLEMS},
    )
    async def invite(
        self,
        omd_id: PathId,
        data: JSONBody[OmdInvitation],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        invitations: InvitationsDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give somebody a role in the destination and send them a link to choose a password."""
        del idempotency_key
        holder, writer = holder_of_omd(actor, omd_id), Writer(request, database, actor)
        return await _invite(writer, actor, holder, data, data.role, invitations, clock)

    @delete(
        "/{membership_id:int}",
        operation_id="endOmdStaff",
        summary="End somebody's role in a destination",
        status_code=HTTP_200_OK,
        responses={**_STANDS, **COMMON_PROBLEMS},
    )
    async def end(
        self,
        omd_id: PathId,
        membership_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """End a membership, within a second on every server; the last administrator stays."""
        holder = holder_of_omd(actor, omd_id)
        return await _end(Writer(request, database, actor), actor, holder, membership_id, clock)


class Owners(Controller):
    """A hotel's first owner."""

    path = "/omds/{omd_id:int}/businesses/{business_id:int}/owners"
    tags = ("Staff",)

    @post(operation_id="inviteOwner", summary="Invite a hotel's first owner", responses={**INVITED, **COMMON_PROBLEMS})
    async def invite(
        self,
        omd_id: PathId,
        business_id: PathId,
        data: JSONBody[NewPerson],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        invitations: InvitationsDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Hand a new hotel to its owner; from then on its people are the owner's to invite, not the destination's."""
        del idempotency_key
        holder_of_omd(actor, omd_id)
        holder, writer = holder_of_business(actor, business_id), Writer(request, database, actor)
        return await _invite(writer, actor, holder, data, "owner", invitations, clock)
