"""Prices, restrictions and quotas by date over HTTP: put in bulk, read for some dates."""

from datetime import date
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from omd.db import Transaction
from omd.features.inventory import get_business
from omd.features.rates import commands, queries
from omd.features.rates.by_date import (
    Changed,
    QuotaDates,
    QuotasChange,
    Rates,
    RatesAdjustment,
    RatesChange,
    RestrictedDates,
    RestrictionsChange,
    RestrictionsChanged,
)
from omd.features.rates.queries import Hotel
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
from omd.kernel.dates import MAX_NIGHTS, parse_interval
from omd.kernel.errors import NotFound

StartsOn = Annotated[date, QueryParameter(description="The first date, YYYY-MM-DD.")]
EndsOn = Annotated[date, QueryParameter(description=f"The first date after the last, {MAX_NIGHTS} later at most.")]
OfId = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="Only this one.")]

_RESTRICTED = ResponseSpec(
    RestrictionsChanged, description="All of it is done; what contradicts it is told.", generate_examples=False
)
_CHANGED = {200: ResponseSpec(Changed, description="All of it is done.", generate_examples=False)}


class Prices(Controller):
    """What the nights of a hotel cost."""

    path = "/businesses/{business_id:int}/rates"
    tags = ("Prices",)

    @get(operation_id="getRates", summary="Read a hotel's prices", responses=COMMON_PROBLEMS)
    async def read(
        self,
        business_id: PathId,
        starts_on: StartsOn,
        ends_on: EndsOn,
        actor: ActorDep,
        database: DatabaseDep,
        rate_plan_id: OfId = None,
        room_type_id: OfId = None,
    ) -> Rates:
        """Read prices by columns, for 366 dates at most: of all root plans, or of one plan.

        Those of a derived plan are computed from its root's, which `derived_from` names; one below zero is not sold.
        """
        dates = parse_interval(starts_on, ends_on, at="?ends_on", at_most=MAX_NIGHTS)
        hotel = Hotel(actor.omd_id, actor.sees(business_id))
        async with database.reading(actor) as tx:
            business = await get_business(tx, hotel.omd_id, hotel.business_id)
            if business is None:
                raise NotFound(f"There is no hotel {business_id}.")
            rates = await commands.read_rates(tx, hotel, dates, rate_plan_id=rate_plan_id, room_type_id=room_type_id)
        return Rates(business.currency, rates)

    @put(operation_id="setRates", summary="Put a hotel's prices", responses={**_CHANGED, **COMMON_PROBLEMS})
    async def set_rates(
        self,
        business_id: PathId,
        data: JSONBody[RatesChange],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Put prices of seasons, up to five years ahead: all of them, or none, and every problem is named.

        A season has dates or months, days of the week, plans, room types and amounts. What it does not name stays.
        """
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.set_rates(tx, actor, hotel, data, clock=clock))

        return await Writer(request, database, actor).run(work)

    @post(
        "/adjustments",
        operation_id="adjustRates",
        summary="Raise or lower a hotel's prices",
        status_code=HTTP_200_OK,
        responses={**_CHANGED, **COMMON_PROBLEMS},
    )
    async def adjust_rates(
        self,
        business_id: PathId,
        data: JSONBody[RatesAdjustment],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Change the prices that are there by a percentage and an amount: all of them, or none; none below zero.

        Sent twice, it is done twice: an `Idempotency-Key` makes a retry safe.
        """
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.adjust_rates(tx, actor, hotel, data, clock=clock))

        return await Writer(request, database, actor).run(work)


class Restrictions(Controller):
    """What keeps dates from being sold."""

    path = "/businesses/{business_id:int}/restrictions"
    tags = ("Prices",)

    @get(operation_id="getRestrictions", summary="Read a hotel's restrictions", responses=COMMON_PROBLEMS)
    async def read(
        self, business_id: PathId, starts_on: StartsOn, ends_on: EndsOn, actor: ActorDep, database: DatabaseDep
    ) -> list[RestrictedDates]:
        """Read what is said at every level, for 366 dates at most; of all levels the strictest holds."""
        dates = parse_interval(starts_on, ends_on, at="?ends_on", at_most=MAX_NIGHTS)
        hotel = Hotel(actor.omd_id, actor.sees(business_id))
        async with database.reading(actor) as tx:
            return await queries.list_restrictions(tx, hotel, dates)

    @put(
        operation_id="setRestrictions",
        summary="Put a hotel's restrictions",
        responses={200: _RESTRICTED, **COMMON_PROBLEMS},
    )
    async def set_restrictions(
        self,
        business_id: PathId,
        data: JSONBody[RestrictionsChange],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Put restrictions at the level of the hotel, of room types, of plans, or of both: all of them, or none.

        What an entry leaves out stays as it is at that level; null takes it away. A minimum that exceeds a maximum said
        elsewhere is put all the same, and told as a contradiction.
        """
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.set_restrictions(tx, actor, hotel, data, clock=clock))

        return await Writer(request, database, actor).run(work)


class Quotas(Controller):
    """How many rooms agencies and channels may sell."""

    path = "/businesses/{business_id:int}/quotas"
    tags = ("Prices",)

    @get(operation_id="getQuotas", summary="Read a hotel's quotas", responses=COMMON_PROBLEMS)
    async def read(
        self,
        business_id: PathId,
        starts_on: StartsOn,
        ends_on: EndsOn,
        actor: ActorDep,
        database: DatabaseDep,
        agency: Annotated[
            str | None,
            QueryParameter(pattern="^[A-Za-z0-9._/-]{1,40}$(?!\\n)", max_length=40, description="Only of this one."),
        ] = None,
    ) -> list[QuotaDates]:
        """Read quotas by agency and room type, for 366 dates at most; where there is none, all may be sold."""
        dates = parse_interval(starts_on, ends_on, at="?ends_on", at_most=MAX_NIGHTS)
        hotel = Hotel(actor.omd_id, actor.sees(business_id))
        async with database.reading(actor) as tx:
            return await queries.list_quotas(tx, hotel, dates, agency)

    @put(operation_id="setQuotas", summary="Put a hotel's quotas", responses={**_CHANGED, **COMMON_PROBLEMS})
    async def set_quotas(
        self,
        business_id: PathId,
        data: JSONBody[QuotasChange],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Put quotas: all of them, or none. Null lets an agency sell as many as there are."""
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.set_quotas(tx, actor, hotel, data, clock=clock))

        return await Writer(request, database, actor).run(work)
