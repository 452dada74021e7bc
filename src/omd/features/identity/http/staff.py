"""People and their roles over HTTP: of a hotel, of a destination, and a hotel's first owner."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from omd.db import Transaction
from omd.features.identity.holder import Holder, holder_of_business, holder_of_omd
from omd.features.identity.http.keys import Name
from omd.features.identity.http.people import People, PeopleDep
from omd.features.identity.people.model import Language, normal_email
from omd.features.identity.permissions import Role
from omd.features.identity.staff import commands, queries
from omd.features.identity.staff.model import Invitation, Member, NewPerson
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    AfterId,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    PageSize,
    PathId,
    Writer,
    json_answer,
    page_by_id,
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
HotelRole = Literal["owner", "manager", "receptionist", "housekeeper", "technician", "accountant"]
OmdRole = Literal["omd_administrator", "omd_analyst"]


class OwnerInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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


INVITED = {201: ResponseSpec(Member, description="The role is given, the invitation sent.", generate_examples=False)}
_STANDS = {200: ResponseSpec(Member, description="The membership.", generate_examples=False)}


def person_of(data: OwnerInvitation | HotelInvitation | OmdInvitation) -> NewPerson:
    """Return the person to invite, the e-mail in its normal spelling."""
    return NewPerson(normal_email(data.email), data.name.strip(), data.language)


async def put_invitation(tx: Transaction, people: People, invitation: Invitation) -> None:
    """Leave the letter that invites somebody to whoever sends letters, with the role that it tells of."""
    letter = people.reception.invitation_letter(
        email=invitation.email, language=invitation.language, token=invitation.token
    )
    await people.outbox.put(tx, letter)


async def _invite(
    writer: Writer,
    actor: Actor,
    holder: Holder,
    person: OwnerInvitation | HotelInvitation | OmdInvitation,
    role: Role,
    people: People,
    clock: Clock,
) -> Response[bytes]:
    touched: list[int] = []

    async def work(tx: Transaction) -> Answer:
        member, invitation = await commands.invite(tx, actor, holder, person_of(person), role, now=clock.now())
        await put_invitation(tx, people, invitation)
        touched.append(member.user_id)
        return json_answer(member, status=HTTP_201_CREATED)

    return await noticed(writer, people, await writer.run(work), touched)


async def _end(
    writer: Writer, actor: Actor, holder: Holder, membership_id: int, people: People, clock: Clock
) -> Response[bytes]:
    touched: list[int] = []

    async def work(tx: Transaction) -> Answer:
        member = await commands.end_membership(tx, actor, holder, membership_id, now=clock.now())
        touched.append(member.user_id)
        return json_answer(member)

    return await noticed(writer, people, await writer.run(work), touched)


async def noticed(writer: Writer, people: People, answer: Response[bytes], touched: list[int]) -> Response[bytes]:
    """Return the answer, after every server is told whose rights changed."""
    if writer.did_work and touched:
        await people.sessions.forget(touched[-1])
    return answer


class HotelStaff(Controller):
    """Who works in a hotel."""

    path = "/businesses/{business_id:int}/staff"
    tags = ("Staff",)

    @get(operation_id="listStaff", summary="List a hotel's staff", responses=COMMON_PROBLEMS)
    async def list_members(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: AfterId = 0,
        limit: PageSize = 100,
    ) -> Response[list[Member]]:
        """List who works in a hotel, by name, one entry for every role, a page at a time."""
        holder = holder_of_business(actor, business_id)
        async with database.reading(actor) as tx:
            found = await queries.list_members(tx, holder, after=after, most=limit + 1)
        return page_by_id(request, found, limit)

    @post(operation_id="inviteStaff", summary="Invite somebody to a hotel", responses={**INVITED, **COMMON_PROBLEMS})
    async def invite(
        self,
        business_id: PathId,
        data: JSONBody[HotelInvitation],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        people: PeopleDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give somebody a role, no higher than your own reaches, and send them a link to choose a password."""
        del idempotency_key
        holder, writer = holder_of_business(actor, business_id), Writer(request, database, actor)
        return await _invite(writer, actor, holder, data, data.role, people, clock)

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
        people: PeopleDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """End one membership and begin one in the other role; the answer is the new one, with an id of its own."""
        del idempotency_key
        holder = holder_of_business(actor, business_id)

        touched: list[int] = []

        async def work(tx: Transaction) -> Answer:
            member = await commands.change_role(tx, actor, holder, membership_id, data.role, now=clock.now())
            touched.append(member.user_id)
            return json_answer(member)

        writer = Writer(request, database, actor)
        return await noticed(writer, people, await writer.run(work), touched)

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
        people: PeopleDep,
    ) -> Response[bytes]:
        """End a membership, within a second on every server; the last owner stays."""
        holder = holder_of_business(actor, business_id)
        return await _end(Writer(request, database, actor), actor, holder, membership_id, people, clock)


class OmdStaff(Controller):
    """Who works in a destination."""

    path = "/omds/{omd_id:int}/staff"
    tags = ("Staff",)

    @get(operation_id="listOmdStaff", summary="List a destination's staff", responses=COMMON_PROBLEMS)
    async def list_members(
        self,
        omd_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: AfterId = 0,
        limit: PageSize = 100,
    ) -> Response[list[Member]]:
        """List who works in the destination itself, by name, one entry for every role, a page at a time."""
        holder = holder_of_omd(actor, omd_id)
        async with database.reading(actor) as tx:
            found = await queries.list_members(tx, holder, after=after, most=limit + 1)
        return page_by_id(request, found, limit)

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
        people: PeopleDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give somebody a role in the destination and send them a link to choose a password."""
        del idempotency_key
        holder, writer = holder_of_omd(actor, omd_id), Writer(request, database, actor)
        return await _invite(writer, actor, holder, data, data.role, people, clock)

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
        people: PeopleDep,
    ) -> Response[bytes]:
        """End a membership, within a second on every server; the last administrator stays."""
        holder = holder_of_omd(actor, omd_id)
        return await _end(Writer(request, database, actor), actor, holder, membership_id, people, clock)


class Owners(Controller):
    """A hotel's first owner."""

    path = "/omds/{omd_id:int}/businesses/{business_id:int}/owners"
    tags = ("Staff",)

    @post(operation_id="inviteOwner", summary="Invite a hotel's first owner", responses={**INVITED, **COMMON_PROBLEMS})
    async def invite(
        self,
        omd_id: PathId,
        business_id: PathId,
        data: JSONBody[OwnerInvitation],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        people: PeopleDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Hand a new hotel to its owner; from then on its people are the owner's to invite, not the destination's."""
        del idempotency_key
        holder_of_omd(actor, omd_id)
        holder, writer = holder_of_business(actor, business_id), Writer(request, database, actor)
        return await _invite(writer, actor, holder, data, "owner", people, clock)
