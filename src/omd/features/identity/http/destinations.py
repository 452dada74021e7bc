"""New destinations over HTTP, for the operator of the platform."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_201_CREATED

from omd.db import Transaction
from omd.features.identity.http.keys import Name
from omd.features.identity.http.people import PeopleDep
from omd.features.identity.http.staff import OwnerInvitation, noticed, person_of, put_invitation
from omd.features.identity.model import Omd
from omd.features.identity.staff import commands
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    Writer,
    json_answer,
)

Code = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9._/-]{1,40}$", extra_json_schema={"examples": ["brasov"]})]


class NewOmd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A destination to found, and who administers it first."""

    code: Code
    name: Name
    administrator: OwnerInvitation


_FOUNDED = {201: ResponseSpec(Omd, description="The destination is there.", generate_examples=False)}


class NewDestinations(Controller):
    """Destinations as the operator founds them."""

    path = "/omds"
    tags = ("Staff",)

    @post(operation_id="createOmd", summary="Found a destination", responses={**_FOUNDED, **COMMON_PROBLEMS})
    async def create(
        self,
        data: JSONBody[NewOmd],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        people: PeopleDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Found a destination and invite its first administrator, who invites everybody else."""
        del idempotency_key
        touched: list[int] = []

        async def work(tx: Transaction) -> Answer:
            omd, invitation = await commands.found_omd(
                *(tx, actor),
                code=data.code,
                name=data.name.strip(),
                administrator=person_of(data.administrator),
                now=clock.now(),
            )
            await put_invitation(tx, people, invitation)
            touched.append(invitation.user_id)
            return json_answer(omd, status=HTTP_201_CREATED)

        writer = Writer(request, database, actor)
        return await noticed(writer, people, await writer.run(work), touched)
