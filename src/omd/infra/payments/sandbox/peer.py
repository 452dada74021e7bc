"""The test provider as a server of its own, which the product reaches over HTTP as it reaches any other."""

import asyncio
import secrets
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Litestar, Request, Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from omd.infra.payments.provider import PaymentState, ProviderEvent
from omd.infra.payments.sandbox.model import TOKENS, Account, Payment, Refused
from omd.infra.webhooks.signing import make_secret, signed_headers, spelled
from omd.infra.webhooks.target import Sender
from omd.kernel.clock import Clock

MAX_BODY_BYTES = 20_000
_TRIES = 4
_FIRST_WAIT_SECONDS = 0.5

Amount = Annotated[str, msgspec.Meta(pattern="^[0-9]{1,8}(\\.[0-9]{1,2})?$(?!\\n)")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A payment to be made, under the merchant's own name for it."""

    our_id: Name
    amount: Amount
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$(?!\\n)")]
    token: Name
    captures: bool = True


class NewCapture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of what was authorised is taken."""

    amount: Amount


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money to give back; without a name of the merchant's it is as if somebody did so at the provider itself."""

    amount: Amount
    our_id: Name | None = None


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the payer agreed."""

    agreed: bool = True


class Address(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a merchant is told of what happens; null for nowhere."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)] | None


class Credentials(msgspec.Struct, frozen=True):
    """What a merchant is known by."""

    api_key: str
    webhook_secret: str


class Message(msgspec.Struct, frozen=True):
    """A webhook as it is sent: its headers, signed now, and its body."""

    headers: dict[str, str]
    body: str


class Sandbox:
    """The provider: merchants by their keys, kept in memory, and those who are told of what happens."""

    def __init__(self, clock: Clock, *, public_url: str) -> None:
        """`public_url` is where payers reach it, without a path."""
        self._clock = clock
        self._public_url = public_url
        self._accounts: dict[str, Account] = {}
        self._sender = Sender(to_loopback=True)
        self._telling: set[asyncio.Task[None]] = set()

    def open_account(self) -> Account:
        """Take a merchant on."""
        account = Account(f"sk_test_{secrets.token_urlsafe(24)}", make_secret())
        self._accounts[account.api_key] = account
        return account

    def account_of(self, request: Request[Any, Any, Any]) -> Account:
        """Return the merchant whose key a request carries; raise `Refused`."""
        account = self._accounts.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if account is None:
            raise Refused("unknown_key")
        return account

    def change(self, account: Account, work: Callable[[], Payment]) -> tuple[Payment, bool]:
        """Do something to a payment and have the merchant told of what came of it; say whether anything was new."""
        told = len(account.events)
        payment = work()
        for event in account.events[told:]:
            task = asyncio.create_task(self._tell(account, event))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        return payment, told < len(account.events)

    def confirm_url(self, reference: str) -> str:
        """Return where the payer of a payment confirms it."""
        return f"{self._public_url}/confirm/{reference}"

    def message_of(self, account: Account, event: ProviderEvent) -> Message:
        """Return an event as it is sent now."""
        body = msgspec.json.encode(event)
        headers = signed_headers(event.id, body, [account.webhook_secret], now=self._clock.now())
        return Message(headers, body.decode())

    async def _tell(self, account: Account, event: ProviderEvent) -> None:
        """Send an event until it is taken, four times at most; what was not is to be asked for."""
        for attempt in range(_TRIES):
            if account.webhook_url is None:
                return
            message = self.message_of(account, event)
            outcome = await self._sender.post(account.webhook_url, message.body.encode(), message.headers)
            if outcome.delivered:
                return
            await asyncio.sleep(_FIRST_WAIT_SECONDS * 2**attempt)

    def now(self) -> Any:
        """Return the instant."""
        return self._clock.now()

    def every_account(self) -> list[Account]:
        """Return the merchants."""
        return list(self._accounts.values())


async def _answer(
    request: Request[Any, Any, Any], changed: tuple[Payment, bool], status: int = HTTP_200_OK
) -> Response[Any]:
    """Answer as the card's token says: with the payment, with nothing of use, or never; when asked again, in order."""
    payment, is_new = changed
    if is_new and payment.behaviour in ("silent", "conflict"):
        while (await request.receive())["type"] != "http.disconnect":
            pass
    if is_new and payment.behaviour in ("broken", "forgotten"):
        return Response(b"<html>", status_code=502, media_type="text/html")
    return Response(payment.state, status_code=status)


def sandbox_app(clock: Clock, *, public_url: str) -> Litestar:
    """Return the test provider as an application; `public_url` is where it is reached, without a path."""
    sandbox = Sandbox(clock, public_url=public_url)
    return Litestar(
        route_handlers=[*_of_merchants(sandbox), *_of_payments(sandbox), *_of_payers(sandbox)],
        exception_handlers={Refused: _refused},
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=None,
    )


def _refused(_request: Request[Any, Any, Any], refusal: Refused) -> Response[dict[str, str]]:
    word = str(refusal)
    status = {"unknown_key": 401, "unknown_payment": 404, "done_already": 409, "busy": 409}.get(word, 422)
    return Response({"error": word}, status_code=status)


def _of_merchants(sandbox: Sandbox) -> list[Any]:
    """Return what a merchant does about itself, and reads of what it was told."""

    @post("/v1/accounts", status_code=HTTP_201_CREATED)
    async def open_account() -> Credentials:
        account = sandbox.open_account()
        return Credentials(account.api_key, spelled(account.webhook_secret))

    @put("/v1/webhook")
    async def set_address(request: Request[Any, Any, Any], data: JSONBody[Address]) -> Address:
        sandbox.account_of(request).webhook_url = data.url
        return data

    @get("/v1/events")
    async def list_events(request: Request[Any, Any, Any]) -> list[ProviderEvent]:
        return sandbox.account_of(request).events

    @get("/v1/events/{event_id:str}/message")
    async def show_message(request: Request[Any, Any, Any], event_id: FromPath[str]) -> Message:
        account = sandbox.account_of(request)
        found = next((each for each in account.events if each.id == event_id), None)
        if found is None:
            raise Refused("unknown_payment")
        return sandbox.message_of(account, found)

    return [open_account, set_address, list_events, show_message]


def _of_payments(sandbox: Sandbox) -> list[Any]:
    """Return what is done to payments."""

    @post("/v1/payments")
    async def pay(request: Request[Any, Any, Any], data: JSONBody[NewPayment]) -> Response[Any]:
        account = sandbox.account_of(request)
        if TOKENS.get(data.token) == "down":
            return Response({"error": "down"}, status_code=503)
        reference = f"pay_{secrets.token_hex(12)}"
        wanted = PaymentState(data.our_id, reference, "pending", Decimal(data.amount), data.currency, Decimal(0))
        url = sandbox.confirm_url(reference)
        make = partial(account.pay, wanted, data.token, captures=data.captures, url=url, now=sandbox.now())
        return await _answer(request, sandbox.change(account, make), HTTP_201_CREATED)

    @get("/v1/payments")
    async def find(request: Request[Any, Any, Any], our_id: FromQuery[str]) -> list[PaymentState]:
        found = sandbox.account_of(request).find(our_id)
        return [] if found is None else [found.state]

    @post("/v1/payments/{reference:str}/capture", status_code=HTTP_200_OK)
    async def capture(
        request: Request[Any, Any, Any], reference: FromPath[str], data: JSONBody[NewCapture]
    ) -> Response[Any]:
        account = sandbox.account_of(request)
        take = partial(account.capture, reference, Decimal(data.amount), sandbox.now())
        return await _answer(request, sandbox.change(account, take))

    @post("/v1/payments/{reference:str}/cancel", status_code=HTTP_200_OK)
    async def cancel(request: Request[Any, Any, Any], reference: FromPath[str]) -> Response[Any]:
        account = sandbox.account_of(request)
        return await _answer(request, sandbox.change(account, partial(account.cancel, reference, sandbox.now())))

    @post("/v1/payments/{reference:str}/refunds", status_code=HTTP_201_CREATED)
    async def refund(
        request: Request[Any, Any, Any], reference: FromPath[str], data: JSONBody[NewRefund]
    ) -> Response[Any]:
        account = sandbox.account_of(request)
        give = partial(account.refund, reference, data.our_id, Decimal(data.amount), sandbox.now())
        return await _answer(request, sandbox.change(account, give), HTTP_201_CREATED)

    return [pay, find, capture, cancel, refund]


def _of_payers(sandbox: Sandbox) -> list[Any]:
    """Return what a payer does; whoever knows a payment's name is its payer."""

    @post("/confirm/{reference:str}", status_code=HTTP_200_OK)
    async def confirm(reference: FromPath[str], data: JSONBody[Confirmation]) -> PaymentState:
        for account in sandbox.every_account():
            if reference in account.payments:
                agree = partial(account.confirm, reference, agreed=data.agreed, now=sandbox.now())
                return sandbox.change(account, agree)[0].state
        raise Refused("unknown_payment")

    return [confirm]
