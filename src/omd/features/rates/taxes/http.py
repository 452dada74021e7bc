"""Taxes over HTTP: localities, the rules of hotels and destinations, and what they come to.

The rules of a hotel and of a destination are one resource at two paths: the same functions serve both, and a
dependency says whose rules are meant.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Annotated, Any, TypeAlias

from litestar import Controller, Request, Response, Router, delete, get, patch, post, put
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from omd.db import Transaction
from omd.features.identity import holder_of_business, holder_of_omd
from omd.features.inventory import get_business
from omd.features.rates.taxes import commands, queries
from omd.features.rates.taxes.model import KeptRule, Locality, TaxPlace, TaxRule, rules_of_day
from omd.features.rates.taxes.payloads import (
    HotelLocality,
    LocalityName,
    LocalityOfHotel,
    NewLocality,
    NewOmdTaxRule,
    NewTaxRule,
    TaxAnswer,
    TaxPreview,
    TaxRuleChange,
)
from omd.features.rates.taxes.reckon import charges_outside, reckon
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    AfterId,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    PageSize,
    PathId,
    Writer,
    etag,
    json_answer,
    page_by_id,
    require_version,
)
from omd.kernel.dates import parse_stay
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound

PlaceRead: TypeAlias = NamedDependency[TaxPlace]
PlaceKept: TypeAlias = NamedDependency[TaxPlace]
AnyRequest: TypeAlias = Request[Any, Any, Any]
On = Annotated[date | None, QueryParameter(description="Only rules that hold on this day; of a hotel, one of a code.")]

_DAY = timedelta(days=1)


def _spec(status: int, kind: type, said: str) -> dict[int, ResponseSpec]:
    return {status: ResponseSpec(kind, description=said, generate_examples=False)} | COMMON_PROBLEMS


async def _list(place_read: PlaceRead, actor: ActorDep, database: DatabaseDep, on: On = None) -> list[KeptRule]:
    """List tax rules by id, ended and future ones too: of a hotel also those of its locality and its destination."""
    until = None if on is None or on == date.max else on + _DAY
    async with database.reading(actor) as tx:
        found = await queries.find_tax_rules(tx, place_read.omd_id, place_read.business_id, on, until)
    return found if on is None or place_read.business_id is None else rules_of_day(found, on)


async def _create_in_hotel(
    place_kept: PlaceKept,
    data: JSONBody[NewTaxRule],
    request: AnyRequest,
    actor: ActorDep,
    database: DatabaseDep,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Add a rule of the hotel's own: it stands before one of the same code of its locality or destination."""
    del idempotency_key
    return await _created(Writer(request, database, actor), place_kept, data.rule(), None)


async def _create_in_omd(
    place_kept: PlaceKept,
    data: JSONBody[NewOmdTaxRule],
    request: AnyRequest,
    actor: ActorDep,
    database: DatabaseDep,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Add a rule of all hotels, or of those in one locality, which stands before one of the whole destination."""
    del idempotency_key
    return await _created(Writer(request, database, actor), place_kept, data.rule(), data.locality_id)


async def _created(writer: Writer, place: TaxPlace, rule: TaxRule, locality_id: int | None) -> Response[bytes]:
    async def work(tx: Transaction) -> Answer:
        return _answer(await commands.add_tax_rule(tx, place, rule, locality_id), HTTP_201_CREATED)

    return await writer.run(work)


async def _change(
    place_kept: PlaceKept,
    rule_id: PathId,
    data: JSONBody[TaxRuleChange],
    request: AnyRequest,
    actor: ActorDep,
    database: DatabaseDep,
    clock: ClockDep,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Change a rule that has not begun; end one that has, today or later, by its `until`."""
    del idempotency_key

    async def work(tx: Transaction) -> Answer:
        rule = await commands.change_tax_rule(
            *(tx, place_kept, rule_id, data.terms()),
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
        )
        return _answer(rule)

    return await Writer(request, database, actor).run(work)


async def _delete(
    place_kept: PlaceKept,
    rule_id: PathId,
    request: AnyRequest,
    actor: ActorDep,
    database: DatabaseDep,
    clock: ClockDep,
    if_match: IfMatch = None,
) -> Response[bytes]:
    """Delete a rule that has not begun."""

    async def work(tx: Transaction) -> Answer:
        rule = await commands.delete_tax_rule(
            *(tx, place_kept, rule_id),
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
        )
        return json_answer(rule)

    return await Writer(request, database, actor).run(work)


def _answer(rule: KeptRule, status: int = HTTP_200_OK) -> Answer:
    return json_answer(rule, status=status, headers={"ETag": etag(rule.version)})


def _hotel_read(business_id: PathId, actor: ActorDep) -> TaxPlace:
    return TaxPlace(actor.omd_id, actor.sees(business_id))


def _hotel_kept(business_id: PathId, actor: ActorDep) -> TaxPlace:
    return TaxPlace(actor.omd_id, holder_of_business(actor, business_id).business_id)


def _omd_read(omd_id: PathId, actor: ActorDep) -> TaxPlace:
    if omd_id != actor.omd_id:
        raise NotFound(f"There is no destination {omd_id}.")
    return TaxPlace(actor.omd_id, None)


def _omd_kept(omd_id: PathId, actor: ActorDep) -> TaxPlace:
    return TaxPlace(holder_of_omd(actor, omd_id).omd_id, None)


def _rules_of(whose: str, noun: str, create: Callable[..., Awaitable[Response[bytes]]]) -> list[HTTPRouteHandler]:
    """Return the routes of the rules of a place, named for it."""
    return [
        get(operation_id=f"list{whose}TaxRules", summary=f"List the taxes of a {noun}", responses=COMMON_PROBLEMS)(
            _list
        ),
        post(
            operation_id=f"create{whose}TaxRule",
            summary=f"Add a tax to a {noun}",
            responses=_spec(201, KeptRule, "The rule is there."),
        )(create),
        patch(
            "/{rule_id:int}",
            operation_id=f"change{whose}TaxRule",
            summary=f"Change or end a tax of a {noun}",
            responses=_spec(200, KeptRule, "The rule as it is now."),
        )(_change),
        delete(
            "/{rule_id:int}",
            operation_id=f"delete{whose}TaxRule",
            summary=f"Delete a future tax of a {noun}",
            status_code=HTTP_200_OK,
            responses=_spec(200, KeptRule, "The rule as it was."),
        )(_delete),
    ]


_OF_HOTELS = Router(
    path="/businesses/{business_id:int}/tax-rules",
    dependencies={
        "place_read": Provide(_hotel_read, sync_to_thread=False),
        "place_kept": Provide(_hotel_kept, sync_to_thread=False),
    },
    route_handlers=_rules_of("Business", "hotel", _create_in_hotel),
    tags=["Taxes"],
)
_OF_OMDS = Router(
    path="/omds/{omd_id:int}/tax-rules",
    dependencies={
        "place_read": Provide(_omd_read, sync_to_thread=False),
        "place_kept": Provide(_omd_kept, sync_to_thread=False),
    },
    route_handlers=_rules_of("Omd", "destination", _create_in_omd),
    tags=["Taxes"],
)


class Localities(Controller):
    """The towns and villages of a destination, which set taxes."""

    path = "/omds/{omd_id:int}/localities"
    tags = ("Taxes",)

    @get(operation_id="listLocalities", summary="List a destination's localities", responses=COMMON_PROBLEMS)
    async def list_localities(
        self,
        omd_id: PathId,
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        after: AfterId = 0,
        limit: PageSize = 100,
    ) -> Response[list[Locality]]:
        """List the localities by id, a page at a time."""
        place = _omd_read(omd_id, actor)
        async with database.reading(actor) as tx:
            found = await queries.list_localities(tx, place.omd_id, after, limit + 1)
        return page_by_id(request, found, limit)

    @post(
        operation_id="createLocality",
        summary="Add a locality to a destination",
        responses=_spec(201, Locality, "The locality is there."),
    )
    async def add(
        self,
        omd_id: PathId,
        data: JSONBody[NewLocality],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Add a locality. Its taxes hold in the hotels that say they lie in it."""
        del idempotency_key
        _omd_kept(omd_id, actor)

        async def work(tx: Transaction) -> Answer:
            locality = await commands.add_locality(tx, actor, code=data.code, name=data.name.strip())
            return json_answer(locality, status=HTTP_201_CREATED, headers={"ETag": etag(locality.version)})

        return await Writer(request, database, actor).run(work)

    @patch(
        "/{locality_id:int}",
        operation_id="renameLocality",
        summary="Rename a locality",
        responses=_spec(200, Locality, "The locality as it is now."),
    )
    async def rename(
        self,
        omd_id: PathId,
        locality_id: PathId,
        data: JSONBody[LocalityName],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give a locality another name; its code stays."""
        del idempotency_key
        _omd_kept(omd_id, actor)

        async def work(tx: Transaction) -> Answer:
            locality = await commands.rename_locality(
                *(tx, actor, locality_id, data.name.strip()),
                expected=lambda version: require_version(if_match, version),
            )
            return json_answer(locality, headers={"ETag": etag(locality.version)})

        return await Writer(request, database, actor).run(work)


class HotelTaxes(Controller):
    """Where a hotel lies, and what its taxes come to."""

    path = "/businesses/{business_id:int}"
    tags = ("Taxes",)

    @get(
        "/locality",
        operation_id="getBusinessLocality",
        summary="Read in which locality a hotel lies",
        responses=COMMON_PROBLEMS,
    )
    async def locality(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> HotelLocality:
        """Read the locality whose taxes hold in the hotel."""
        place = _hotel_read(business_id, actor)
        assert place.business_id is not None, "a hotel's place names it"
        async with database.reading(actor) as tx:
            return HotelLocality(await queries.find_locality_of_hotel(tx, place.omd_id, place.business_id))

    @put(
        "/locality",
        operation_id="setBusinessLocality",
        summary="Say in which locality a hotel lies",
        responses=_spec(200, HotelLocality, "The locality whose taxes hold in the hotel."),
    )
    async def set_locality(
        self,
        business_id: PathId,
        data: JSONBody[LocalityOfHotel],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
    ) -> Response[bytes]:
        """Say in which locality the hotel lies: its taxes hold there from now on. Bills that were made stay."""
        hotel = actor.administers(business_id)

        async def work(tx: Transaction) -> Answer:
            return json_answer(HotelLocality(await commands.set_locality(tx, actor, hotel, data.locality_id)))

        return await Writer(request, database, actor).run(work)

    @post(
        "/taxes/preview",
        operation_id="previewTaxes",
        summary="Reckon the taxes of a stay",
        status_code=HTTP_200_OK,
        responses=_spec(200, TaxAnswer, "What the stay comes to."),
    )
    async def preview(
        self,
        business_id: PathId,
        data: JSONBody[TaxPreview],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Reckon a stay with the rules that hold on its nights, and with rules to try; nothing is kept of it."""
        del idempotency_key
        hotel = actor.sees(business_id)
        stay, charges = parse_stay(data.arrival, data.departure), data.charged()
        outside = charges_outside(stay, charges)
        if outside:
            said = "A charge is of a night of the stay: from the arrival to the day before the departure."
            problems = tuple(FieldProblem(f"/charges/{at}/date", "outside_the_stay", said) for at in outside)
            raise InvalidInput(said, problems=problems)
        tried = [each.rule() for each in data.rules]
        commands.require_all_sound(tried, at="/rules")

        async def work(tx: Transaction) -> Answer:
            business = await get_business(tx, actor.omd_id, hotel)
            if business is None:
                raise NotFound(f"There is no hotel {business_id}.")
            kept = await queries.find_tax_rules(tx, actor.omd_id, hotel, stay.arrival, stay.departure)
            taxed = reckon([*tried, *kept], stay, charges, data.party())
            return json_answer(TaxAnswer.of(taxed, business.currency))

        return await Writer(request, database, actor).run(work)


router = Router(path="", route_handlers=[Localities, HotelTaxes, _OF_HOTELS, _OF_OMDS])
