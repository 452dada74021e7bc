"""Fees on the bill over HTTP."""

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, Router, get, post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from omd.db import Transaction
from omd.features.folios.commands import find_clerk
from omd.features.folios.fees import commands, queries
from omd.features.folios.fees.model import StayFee
from omd.features.folios.http.desk import answer_with, told
from omd.features.folios.payloads import Amount, Words
from omd.features.folios.queries import Books, find_stay_hotel
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    PathUuid,
    Writer,
)
from omd.kernel.errors import NotFound


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a fee is not charged, and how much of it: all that is left, unless an amount is named."""

    reason: Annotated[Words, msgspec.Meta(extra_json_schema={"examples": ["Flight cancelled"]})]
    amount: Amount | None = None


class FeesOfStays(Controller):
    """What becomes of the fee of a stay that was cancelled or did not come."""

    path = "/reservations/{reservation_id:uuid}/fees"
    tags = ("Folios",)

    @get("/settled", operation_id="listSettledFees", summary="List a stay's settled fees", responses=COMMON_PROBLEMS)
    async def list_settled(self, reservation_id: PathUuid, actor: ActorDep, database: DatabaseDep) -> list[StayFee]:
        """List the fees of a stay that were charged or waived, of which there is more than one if it was reinstated."""
        async with database.reading(actor) as tx:
            hotel = await find_stay_hotel(tx, actor, reservation_id)
            if hotel is None:
                raise NotFound(f"There is no reservation {reservation_id}.")
            return await queries.list_fees(tx, Books(actor.omd_id, hotel), reservation_id)

    @post(
        "/charge",
        operation_id="chargeFee",
        summary="Charge a stay's fee",
        responses=told(201, StayFee, "The fee is charged; `entry_id` names the entry."),
    )
    async def charge(
        self,
        reservation_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Charge the fee of a stay that was cancelled or did not come, less what was waived of it: once."""
        del idempotency_key

        async def work(tx: Transaction) -> Answer:
            clerk = await find_clerk(tx, actor, reservation_id, clock.now())
            return answer_with(await commands.charge_fee(tx, clerk, reservation_id), HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)

    @post(
        "/waive",
        operation_id="waiveFee",
        summary="Waive a stay's fee",
        status_code=HTTP_200_OK,
        responses=told(200, StayFee, "The fee with what is waived of it."),
    )
    async def waive(
        self,
        reservation_id: PathUuid,
        data: JSONBody[Waiver],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Waive the fee of a stay, or a part of it, for a reason: that stays on record, and is not charged."""
        del idempotency_key
        amount = None if data.amount is None else Decimal(data.amount)

        async def work(tx: Transaction) -> Answer:
            clerk = await find_clerk(tx, actor, reservation_id, clock.now())
            return answer_with(await commands.waive_fee(tx, clerk, reservation_id, amount, data.reason), HTTP_200_OK)

        return await Writer(request, database, actor).run(work)


router = Router(path="", route_handlers=[FeesOfStays])
