"""Bookings and prices over HTTP: offers booked together, what a stay was sold at, and an explicit re-price."""

from datetime import date
from typing import Annotated, Any, TypeAlias, get_args
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from litestar.types import ASGIApp

from omd.db import Transaction
from omd.features.offers.http.answers import offers_answer, room_answer, unknown_plans
from omd.features.offers.http.payloads import ChildAge, Country, Ids, Language, OffersAnswer
from omd.features.reservations.bookings import commands, queries
from omd.features.reservations.bookings.declaring import MONTH, as_csv, declare
from omd.features.reservations.bookings.model import Booking, BookingSummary, NewBooking, Repricing, TaxDeclaration
from omd.features.reservations.bookings.offering import StayWish, offer_stay
from omd.features.reservations.model import Status
from omd.features.reservations.priced import StayPrice
from omd.infra.http import (
    COMMON_PROBLEMS,
    NO_NUL,
    AcceptLanguage,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    KeyringDep,
    PageSize,
    PathId,
    PathUuid,
    Writer,
    etag,
    json_answer,
    languages_of,
    next_link,
    require_version,
)
from omd.kernel.errors import InvalidInput, NotFound

Month: TypeAlias = Annotated[str, PathParameter(pattern=MONTH, description="The month, YYYY-MM.")]

_CSV = "text/csv"
_VARIES = {"Vary": "Accept"}
_DECLARED = ResponseSpec(
    TaxDeclaration, description="The sums; as a table where `text/csv` is asked for.", generate_examples=False
)
_BOOKED = ResponseSpec(Booking, description="Booked: every stay with its price.", generate_examples=False)
_OFFERED = ResponseSpec(OffersAnswer, description="What the stay would cost, by plan.", generate_examples=False)
_PRICE = ResponseSpec(StayPrice, description="The price; the version of its stay is the ETag.", generate_examples=False)


class BusinessBookings(Controller):
    """The bookings of one hotel."""

    path = "/businesses/{business_id:int}/bookings"
    tags = ("Bookings",)

    @post(operation_id="createBooking", summary="Book offers", responses={201: _BOOKED, **COMMON_PROBLEMS})
    async def create(
        self,
        business_id: PathId,
        data: JSONBody[NewBooking],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Book up to nine offers together, a room each, at the prices they say: all of them, or none.

        Prices that changed meanwhile play no part; rooms that were sold meanwhile refuse the booking by name.
        """
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            made = await commands.book_offers(tx, actor, hotel, data, now=clock.now(), keyring=keyring)
            where = {"Location": f"/api/v1/businesses/{hotel}/bookings/{made.id}"}
            return json_answer(made, status=HTTP_201_CREATED, headers=where)

        return await Writer(request, database, actor).run(work)

    @get(operation_id="listBookings", summary="List bookings", responses=COMMON_PROBLEMS)
    async def list_page(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        code: Annotated[
            str | None, QueryParameter(max_length=20, pattern=NO_NUL, description="Only this code.")
        ] = None,
        since: Annotated[
            date | None, QueryParameter(description="Only bookings of a stay that arrives on this date or later.")
        ] = None,
        until: Annotated[
            date | None, QueryParameter(description="Only bookings of a stay that arrives before this date.")
        ] = None,
        status: Annotated[
            list[Status] | None, QueryParameter(description="Only bookings of a stay in one of these statuses.")
        ] = None,
        agency: Annotated[
            str | None, QueryParameter(max_length=40, pattern=NO_NUL, description="Only bookings that it sold.")
        ] = None,
        after: Annotated[UUID | None, QueryParameter(description="The cursor of the page before.")] = None,
        limit: PageSize = 100,
    ) -> Response[list[BookingSummary]]:
        """List a hotel's bookings, the newest first, a page at a time; one stay has all that is asked of stays."""
        hotel = actor.reads(business_id)
        wanted = queries.BookingFilter(
            code, since or date.min, until or date.max, status or get_args(Status), agency, after
        )
        async with database.reading(actor) as tx:
            found = await queries.list_bookings(tx, actor, hotel, wanted, page_size=limit + 1)
        page = found[:limit]
        return Response(page, headers=next_link(request, str(page[-1].id) if len(found) > limit else None))

    @get("/{booking_id:uuid}", operation_id="getBooking", summary="Read a booking", responses=COMMON_PROBLEMS)
    async def read(self, business_id: PathId, booking_id: PathUuid, actor: ActorDep, database: DatabaseDep) -> Booking:
        """Read a booking with its stays as they are now and what each was sold at."""
        hotel = actor.reads(business_id)
        async with database.reading(actor) as tx:
            return await commands.get_booking(tx, actor, hotel, booking_id)


class ReservationPrices(Controller):
    """What a stay was sold at."""

    path = "/reservations/{reservation_id:uuid}/price"
    tags = ("Bookings",)

    @get(
        operation_id="getReservationPrice",
        summary="Read what a stay was sold at",
        responses={200: _PRICE, **COMMON_PROBLEMS},
    )
    async def read(self, reservation_id: PathUuid, actor: ActorDep, database: DatabaseDep) -> Response[StayPrice]:
        """Read the price of a stay by night, with its taxes; a stay that was booked without an offer has none here."""
        async with database.reading(actor) as tx:
            price = await commands.get_price(tx, actor, reservation_id)
        return Response(price, headers={"ETag": etag(price.version)})

    @post(
        operation_id="repriceReservation",
        summary="Price a stay anew",
        status_code=HTTP_200_OK,
        responses={200: _PRICE, **COMMON_PROBLEMS},
    )
    async def reprice(
        self,
        reservation_id: PathUuid,
        data: JSONBody[Repricing],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give a stay the price of an offer for its type, dates and party as they are now; nothing else does that."""
        del idempotency_key

        async def work(tx: Transaction) -> Answer:
            price = await commands.reprice(
                *(tx, actor, reservation_id, data.offer),
                expected=lambda version: require_version(if_match, version),
                now=clock.now(),
                keyring=keyring,
            )
            return json_answer(price, headers={"ETag": etag(price.version)})

        return await Writer(request, database, actor).run(work)


class StayOffersAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to offer a stay that is known; without plans all of the hotel's are meant.

    `child_ages` and `country` are those that the stay was priced by, unless others are given.
    """

    child_ages: Annotated[list[ChildAge], msgspec.Meta(max_length=50)] | None = None
    country: Country | None = None
    rate_plan_ids: Ids = []
    language: Language | None = None


class ReservationOffers(Controller):
    """What a stay would cost now."""

    path = "/reservations/{reservation_id:uuid}/offers"
    tags = ("Bookings",)

    @post(
        operation_id="makeReservationOffers",
        summary="Make offers for a stay as it is",
        status_code=HTTP_200_OK,
        responses={200: _OFFERED, **COMMON_PROBLEMS},
    )
    async def make(
        self,
        reservation_id: PathUuid,
        data: JSONBody[StayOffersAsked],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        accept_language: AcceptLanguage = None,
    ) -> ASGIApp:
        """Price a stay by every plan for its type, dates and party as they are now, in house too: to price it anew.

        Nothing is kept. The nights that the stay holds are free to it, and it counts as booked when it was booked.
        """
        wish = StayWish(data.country, data.child_ages, data.rate_plan_ids)
        offered = await offer_stay(database, actor, reservation_id, wish, clock.now())
        problems = tuple(unknown_plans(offered.known.ground.basis, data.rate_plan_ids))
        if problems:
            raise InvalidInput(f"{problems[0].detail} Leave it out to ask for all.", problems=problems)
        room = room_answer(offered.known, offered.question, offered.quote, None, keyring)
        return offers_answer(offered.known, offered.question, (room,), languages_of(data.language, accept_language))


class Declarations(Controller):
    """The taxes of a month."""

    tags = ("Taxes",)

    @get(
        "/omds/{omd_id:int}/tax-declarations/{month:str}",
        operation_id="declareOmdTaxes",
        summary="Declare a destination's taxes of a month",
        responses={200: _DECLARED, **COMMON_PROBLEMS},
    )
    async def of_omd(
        self,
        omd_id: PathId,
        month: Month,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        locality_id: Annotated[
            int | None, QueryParameter(ge=1, le=2**31 - 1, description="Only of this locality.")
        ] = None,
    ) -> Response[bytes]:
        """Declare what taxes came to on the nights that were spent, by locality, hotel and rule; sums, never guests.

        Ask for `text/csv` to get a line a hotel and rule.
        """
        if omd_id != actor.omd_id:
            raise NotFound(f"There is no destination {omd_id}.")
        async with database.reading(actor) as tx:
            found = await declare(tx, actor, actor.business_ids, month, now=clock.now(), locality_id=locality_id)
        return _declared(request, found)

    @get(
        "/businesses/{business_id:int}/tax-declarations/{month:str}",
        operation_id="declareBusinessTaxes",
        summary="Declare a hotel's taxes of a month",
        responses={200: _DECLARED, **COMMON_PROBLEMS},
    )
    async def of_business(
        self,
        business_id: PathId,
        month: Month,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Declare what the hotel's taxes came to on the nights that were spent, by locality and rule.

        Ask for `text/csv` to get a line a rule.
        """
        hotel = actor.sees(business_id)
        async with database.reading(actor) as tx:
            found = await declare(tx, actor, [hotel], month, now=clock.now())
        return _declared(request, found)


def _declared(request: Request[Any, Any, Any], found: TaxDeclaration) -> Response[bytes]:
    if request.accept.best_match(["application/json", _CSV], default="application/json") == _CSV:
        return Response(as_csv(found), media_type=_CSV, headers=_VARIES)
    return Response(msgspec.json.encode(found), media_type="application/json", headers=_VARIES)


router = Router(path="", route_handlers=[BusinessBookings, ReservationPrices, ReservationOffers, Declarations])
