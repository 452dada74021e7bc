"""Card payments over HTTP: what clerks ask for, and what providers tell."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, Router, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from omd.db import Transaction
from omd.features.folios.cards import commands
from omd.features.folios.cards.accounts import Tills, get_account, put_account
from omd.features.folios.cards.hearing import Heard, hear
from omd.features.folios.cards.model import CardPayment, PaymentAccount
from omd.features.folios.cards.payloads import NewAccount, NewCapture, NewCardPayment, NewCardRefund
from omd.features.folios.cards.settling import Settler
from omd.features.folios.http.desk import AT_DESK, Desk, DeskDep, told
from omd.features.folios.model import Clerk
from omd.features.folios.queries import Books, books_of, find_folio
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    ClockDep,
    DatabaseDep,
    PageSize,
    PathId,
    PathUuid,
    next_link,
    require_strict_inputs,
)
from omd.kernel.errors import NotFound
from omd.kernel.ids import BusinessId, OmdId

MAX_WEBHOOK_BYTES = 100_000
"""A payment with a hundred refunds is a fifth of it."""

TillsDep: TypeAlias = NamedDependency[Tills]
ProviderPath: TypeAlias = Annotated[str, PathParameter(pattern="^[a-z0-9-]{1,30}$")]
AfterUuid = Annotated[UUID | None, QueryParameter(description="The cursor of the page before.")]

_PAYMENT = told(200, CardPayment, "The payment as it is now; `waits_for` says whether more is to come.")
_ASKED = told(201, CardPayment, "The payment, as far as the provider has said; a declined card is no error.")


class _Named(msgspec.Struct, frozen=True):
    id: UUID


class CardDesk(msgspec.Struct, frozen=True):
    """A clerk who asks a provider: first it is written down that they do, once a key, then the provider is asked."""

    desk: Desk
    settler: Settler

    async def make(
        self, work: Callable[[Transaction, Clerk], Awaitable[CardPayment]], status: int = HTTP_200_OK
    ) -> Response[Any]:
        """Write down what is asked for, ask the provider, and answer with the payment as it is then.

        A retry under the same Idempotency-Key asks for nothing anew: it gets the same payment, as it is by then.
        """
        asked = await self.desk.make(work, status)
        if asked.status_code != status:
            return asked
        intent_id = msgspec.json.decode(asked.content, type=_Named).id
        return Response(await self.settler.settle(intent_id), status_code=status)


CardDeskDep: TypeAlias = NamedDependency[CardDesk]


async def _card_desk(desk: DeskDep, database: DatabaseDep, tills: TillsDep) -> CardDesk:
    return CardDesk(desk, Settler(database, desk.clerk, tills))


AT_CARD_DESK = {**AT_DESK, "card_desk": Provide(_card_desk)}


class CardPayments(Controller):
    """Payments by card on a folio: the provider moves the money, the ledger posts it once, whatever fails between."""

    path = "/businesses/{business_id:int}/folios/{folio_id:uuid}/card-payments"
    tags = ("Card payments",)
    dependencies = AT_CARD_DESK

    @get(operation_id="listCardPayments", summary="List a folio's card payments", responses=COMMON_PROBLEMS)
    async def list_page(
        self,
        business_id: PathId,
        folio_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: AfterUuid = None,
        limit: PageSize = 100,
    ) -> Response[list[CardPayment]]:
        """List what was asked of the provider on a folio, in its order, a page at a time."""
        books = Books(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            if await find_folio(tx, books, folio_id) is None:
                raise NotFound(f"There is no folio {folio_id}.")
            found = await commands.list_payments(tx, books, folio_id, after, limit + 1)
        page, more = found[:limit], len(found) > limit
        return Response(page, headers=next_link(request, str(page[-1].id) if more else None))

    @post(operation_id="payByCard", summary="Take money from a card", responses=_ASKED)
    async def pay(self, folio_id: PathUuid, data: JSONBody[NewCardPayment], card_desk: CardDeskDep) -> Response[Any]:
        """Ask the hotel's provider for money from a card, by the token that stands for it.

        Captured now it is posted as a payment or a deposit at once; later, when it is captured. Where the provider does
        not answer in time, `waits_for` is `provider`, and what became of it is found out by itself: do not ask again.
        """
        settler = card_desk.settler

        async def work(tx: Transaction, clerk: Clerk) -> CardPayment:
            till = await settler.tills.open(tx, books_of(clerk))
            return await commands.begin_payment(
                *(tx, clerk, folio_id, till.provider),
                amount=Decimal(data.amount),
                token=data.token,
                captures=data.capture == "now",
                purpose=data.purpose,
                text=data.text,
            )

        return await card_desk.make(work, HTTP_201_CREATED)

    @get("/{payment_id:uuid}", operation_id="getCardPayment", summary="Read a card payment", responses=_PAYMENT)
    async def read(
        self, business_id: PathId, folio_id: PathUuid, payment_id: PathUuid, actor: ActorDep, database: DatabaseDep
    ) -> CardPayment:
        """Read a payment as far as the provider has said."""
        async with database.reading(actor) as tx:
            found = await commands.find_payment(tx, Books(actor.omd_id, actor.reads(business_id)), payment_id)
        if found.folio_id != folio_id:
            raise commands.no_payment(payment_id)
        return found

    @post(
        "/{payment_id:uuid}/capture",
        operation_id="captureCardPayment",
        summary="Take what was authorised",
        status_code=HTTP_200_OK,
        responses=_PAYMENT,
    )
    async def capture(
        self, folio_id: PathUuid, payment_id: PathUuid, data: JSONBody[NewCapture], card_desk: CardDeskDep
    ) -> Response[Any]:
        """Take what was authorised and post it, once: asked for twice, it is one capture."""
        amount = None if data.amount is None else Decimal(data.amount)
        return await card_desk.make(lambda tx, clerk: commands.begin_capture(tx, clerk, folio_id, payment_id, amount))

    @post(
        "/{payment_id:uuid}/cancel",
        operation_id="cancelCardPayment",
        summary="Give up what was authorised",
        status_code=HTTP_200_OK,
        responses=_PAYMENT,
    )
    async def cancel(self, folio_id: PathUuid, payment_id: PathUuid, card_desk: CardDeskDep) -> Response[Any]:
        """Give up what was authorised and not taken, or still waits for the payer."""
        return await card_desk.make(lambda tx, clerk: commands.begin_cancel(tx, clerk, folio_id, payment_id))

    @post(
        "/{payment_id:uuid}/refund",
        operation_id="refundCardPayment",
        summary="Give money back to a card",
        responses=_ASKED,
    )
    async def refund(
        self, folio_id: PathUuid, payment_id: PathUuid, data: JSONBody[NewCardRefund], card_desk: CardDeskDep
    ) -> Response[Any]:
        """Post a refund, never above what was taken or is paid on the folio, and have the provider give it back.

        Where the provider fails to, it is posted back, and the refund says `failed`.
        """
        return await card_desk.make(
            lambda tx, clerk: commands.begin_refund(
                *(tx, clerk, folio_id, payment_id),
                amount=Decimal(data.amount),
                text=data.text,
                of_deposit=None if data.of is None else data.of == "deposit",
            ),
            HTTP_201_CREATED,
        )


class PaymentAccounts(Controller):
    """By which provider a hotel takes cards."""

    path = "/businesses/{business_id:int}/payment-account"
    tags = ("Card payments",)
    dependencies = AT_DESK

    @get(operation_id="getPaymentAccount", summary="Read the provider of card payments", responses=COMMON_PROBLEMS)
    async def read(
        self, business_id: PathId, actor: ActorDep, database: DatabaseDep, tills: TillsDep
    ) -> PaymentAccount:
        """Read by which provider the hotel takes cards, and where that tells the API of payments."""
        async with database.reading(actor) as tx:
            return await get_account(tx, tills, Books(actor.omd_id, actor.serves(business_id)))

    @put(
        operation_id="setPaymentAccount",
        summary="Set the provider of card payments",
        responses=told(200, PaymentAccount, "The provider, without the credentials."),
    )
    async def set(self, data: JSONBody[NewAccount], desk: DeskDep, tills: TillsDep) -> Response[bytes]:
        """Say by which provider the hotel takes cards, and what it is known by there; both are kept encrypted."""
        return await desk.make(
            lambda tx, clerk: put_account(
                *(tx, clerk, tills),
                provider=data.provider,
                api_key=data.api_key,
                webhook_secret=data.webhook_secret,
            ),
            HTTP_200_OK,
        )


@dataclass
class _WebhookOperation(Operation):
    def __post_init__(self) -> None:
        body = OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT))
        self.request_body = RequestBody(content={"application/json": body}, required=True)


@post(
    "/payment-webhooks/{provider:str}/{omd_id:int}/{business_id:int}",
    operation_id="tellOfPayment",
    summary="Take what a provider tells of a payment",
    tags=["Card payments"],
    operation_class=_WebhookOperation,
    status_code=HTTP_200_OK,
    request_max_body_size=MAX_WEBHOOK_BYTES,
    responses={
        200: ResponseSpec(Heard, description="It is kept; a provider need not tell it again.", generate_examples=False),
        **COMMON_PROBLEMS,
    },
)
async def take(
    provider: ProviderPath,
    omd_id: PathId,
    business_id: PathId,
    request: Request[Any, Any, Any],
    database: DatabaseDep,
    clock: ClockDep,
    tills: TillsDep,
) -> Heard:
    """Take what the provider of a hotel's card payments tells of one: signed by it, within five minutes of now.

    What was told before counts once; what is told late or in another order comes to the same.
    """
    require_strict_inputs(request)
    place = Books(OmdId(omd_id), BusinessId(business_id))
    return await hear(database, tills, place, provider, request.headers, await request.body(), now=clock.now())


router = Router(path="", route_handlers=[CardPayments, PaymentAccounts])
open_router = Router(path="", route_handlers=[take])
