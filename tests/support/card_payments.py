"""The test provider, served in this process on a real port, and the cashier who takes cards by it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from omd.db import Database
from omd.features.folios.cards.accounts import Tills
from omd.features.folios.cards.settling import settle_later
from omd.infra.payments import sandbox_app
from omd.kernel.clock import Clock
from support.bills import Cashier
from support.front_desk import Json
from support.serving import free_port
from support.worlds import World, hotel_actor

PATIENCE_SECONDS = 60.0


@asynccontextmanager
async def provider_open(clock: Clock) -> AsyncIterator[str]:
    """Serve the test provider on the test's clock; yield its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with listening_at(port, sandbox_app(clock, public_url=url)):
        yield url


@asynccontextmanager
async def listening_at(port: int, app: Any) -> AsyncIterator[None]:
    """Serve an application, whose life is somebody else's to begin and end, at a port of this machine."""
    settings: dict[str, Any] = {"interface": Interfaces.ASGINL, "http": HTTPModes.http1, "websockets": False}
    server = Server(app, address="127.0.0.1", port=port, log_enabled=False, **settings)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await _answers(port):
            pass
    try:
        yield
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # the server is not typed
        await serving


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def settled_later(tills: Tills, db: Database, world: World, payment: Json, clock: Clock) -> bool:
    """Do what the job does that looks after a payment of `grand`; say whether nothing of it is open."""
    return await settle_later(db, hotel_actor(world.grand), tills, payment["id"], now=clock.now())


class Terminal:
    """The cashier of `grand` who takes cards, and what the provider has of it."""

    def __init__(self, cashier: Cashier, provider: httpx.AsyncClient, manager: dict[str, str]) -> None:
        self.cashier = cashier
        self.provider = provider
        self.manager = manager
        self.account: Json = {}

    @classmethod
    async def of(cls, cashier: Cashier, provider: httpx.AsyncClient, manager: dict[str, str]) -> "Terminal":
        """Open an account at the provider, and have the hotel take cards by it."""
        terminal = cls(cashier, provider, manager)
        account = await terminal.new_account()
        provider.headers["Authorization"] = f"Bearer {account['api_key']}"
        await terminal.set_account(account)
        return terminal

    async def new_account(self) -> Json:
        """Open an account at the provider."""
        account: Json = (await self.provider.post("/v1/accounts")).json()
        return account

    async def set_account(self, account: Json) -> None:
        """Have the hotel take cards by an account."""
        cashier, manager, body = self.cashier, self.manager, {"provider": "test", **account}
        put = await cashier.desk.client.put(f"/api/v1{cashier.path}/payment-account", json=body, headers=manager)
        assert put.status_code == 200, put.text
        assert account["api_key"] not in put.text
        assert account["webhook_secret"] not in put.text
        self.account = put.json()

    async def folio(self, charged: str = "100.00") -> str:
        """Open a folio of a stay that owes an amount; return its id."""
        stay = await self.cashier.desk.booked("double", "2027-03-01", "2027-03-04")
        return str((await self.cashier.charged(stay["id"], charged))["folio"]["id"])

    def at(self, folio_id: str) -> str:
        """Where the card payments of a folio are."""
        return f"{self.cashier.path}/folios/{folio_id}/card-payments"

    async def pay(self, folio_id: str, token: str = "tok_ok", **more: object) -> Json:
        """Take 60.00, or what is said, from a card."""
        return await self.cashier.made(self.at(folio_id), {"amount": "60.00", "token": token, **more})

    async def do(self, payment: Json, what: str, body: object = None, **headers: str) -> httpx.Response:
        """Ask for capture, cancel or refund."""
        path = f"{self.at(payment['folio_id'])}/{payment['id']}/{what}"
        return await self.cashier.post(path, {} if body is None and what == "capture" else body, **headers)

    async def paid_late(self, folio_id: str) -> Json:
        """Take 60.00 from a card whose provider refuses at first, does it all the same, and tells of it."""
        failed = await self.pay(folio_id, "tok_late")
        await self.pay_at_provider(failed)
        await self.heard(*await self.messages())
        paid = await self.read(failed)
        assert paid["status"] == "captured"
        return paid

    async def pay_at_provider(self, payment: Json, *, captures: bool = True) -> None:
        """Let a request that was under way reach the provider after all."""
        facts = {"our_id": payment["id"], "amount": payment["amount"], "currency": payment["currency"]}
        answer = await self.provider.post("/v1/payments", json={**facts, "token": "tok_late", "captures": captures})
        assert answer.status_code == 201, answer.text

    async def refund_at_provider(self, payment: Json, amount: str, our_id: str | None) -> None:
        """Let money go back: by a request of ours that was under way, or, without a name, at the provider itself."""
        reference = (await self.at_provider(payment))["reference"]
        body = {"amount": amount, "our_id": our_id}
        answer = await self.provider.post(f"/v1/payments/{reference}/refunds", json=body)
        assert answer.status_code == 201, answer.text

    async def read(self, payment: Json) -> Json:
        """Read a payment."""
        answer = await self.cashier.send("GET", f"{self.at(payment['folio_id'])}/{payment['id']}")
        assert answer.status_code == 200, answer.text
        read: Json = answer.json()
        return read

    async def messages(self) -> list[Json]:
        """Return all that the provider has to tell, signed now, in the order in which it happened."""
        events = (await self.provider.get("/v1/events")).json()
        return [(await self.provider.get(f"/v1/events/{each['id']}/message")).json() for each in events]

    async def deliver(self, message: Json, path: str | None = None) -> httpx.Response:
        """Tell the API something in the provider's name, without any other way in."""
        return await self.cashier.desk.client.post(
            path or self.account["webhook_path"],
            content=message["body"],
            headers={"Content-Type": "application/json", **message["headers"]},
        )

    async def heard(self, *messages: Json) -> list[str]:
        """Tell the API messages one after another; return what came of each."""
        answers = [await self.deliver(each) for each in messages]
        return [each.json().get("outcome", each.json().get("code")) for each in answers]

    async def at_provider(self, payment: Json) -> Json:
        """Return the payment as the provider has it."""
        found: list[Json] = (await self.provider.get("/v1/payments", params={"our_id": payment["id"]})).json()
        return found[0]
