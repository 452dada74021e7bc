"""Consents over HTTP: what a hotel lets its destination see beyond totals."""

from typing import Any

from litestar import Controller, Request, Response, delete, get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.status_codes import HTTP_200_OK

from omd.db import Transaction
from omd.features.identity.staff import commands, queries
from omd.features.identity.staff.model import Consent
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    PathId,
    Writer,
    json_answer,
)
from omd.kernel.errors import NotFound

_STANDS = {200: ResponseSpec(Consent, description="The consent.", generate_examples=False)}


class HotelConsents(Controller):
    """What one hotel lets its destination see."""

    path = "/businesses/{business_id:int}/consents"
    tags = ("Consents",)

    @get(operation_id="listConsents", summary="List a hotel's consents", responses=COMMON_PROBLEMS)
    async def list_consents(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> list[Consent]:
        """List what the hotel lets or let its destination see, the newest first."""
        hotel = actor.sees(business_id)
        async with database.reading(actor) as tx:
            return await queries.list_consents(tx, actor.omd_id, hotel)

    @put(
        "/guests",
        operation_id="giveGuestsConsent",
        summary="Let the destination read guests",
        status_code=HTTP_200_OK,
        responses={**_STANDS, **COMMON_PROBLEMS},
    )
    async def give(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Let the destination's staff and keys read the hotel's guests and stays, never change them; on the record."""
        hotel = actor.administers(business_id)

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.give_consent(tx, actor, hotel, now=clock.now()))

        return await Writer(request, database, actor).run(work)

    @delete(
        "/guests",
        operation_id="revokeGuestsConsent",
        summary="Let the destination read guests no more",
        status_code=HTTP_200_OK,
        responses={**_STANDS, **COMMON_PROBLEMS},
    )
    async def revoke(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Take the consent back, within a second on every server; it stays on record."""
        hotel = actor.administers(business_id)

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.revoke_consent(tx, actor, hotel, now=clock.now()))

        return await Writer(request, database, actor).run(work)


class DestinationConsents(Controller):
    """What the hotels of a destination let it see."""

    path = "/omds/{omd_id:int}/consents"
    tags = ("Consents",)

    @get(
        operation_id="listOmdConsents", summary="List the consents of a destination's hotels", responses=COMMON_PROBLEMS
    )
    async def list_consents(self, omd_id: PathId, actor: ActorDep, database: DatabaseDep) -> list[Consent]:
        """List what the hotels you see let or let their destination see, the newest first, a thousand at most."""
        if omd_id != actor.omd_id:
            raise NotFound(f"There is no destination {omd_id}.")
        async with database.reading(actor) as tx:
            return await queries.list_consents(tx, actor.omd_id, None)
