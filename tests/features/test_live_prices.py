"""A screen of prices that fetches anew when it is told `rates.changed`, and then alone, shows what is kept."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar

from omd.entrypoints.api.operations import OPERATIONS
from omd.entrypoints.api.route_classes import ROUTE_CLASSES
from omd.features.identity import Action
from omd.features.identity.limits import RouteClass
from support.front_desk import Desk
from support.relayed import last_position
from support.revenue import RevenueDesk, interval
from support.streams import Listener, listening
from support.worlds import World

OF_PRICES = (Action.RATES_MANAGE, Action.TAXES_MANAGE)
DATES = "starts_on=2027-05-01&ends_on=2027-06-01"
SHOWN = ("/rate-plans?limit=500", f"/rates?{DATES}", f"/restrictions?{DATES}", f"/quotas?{DATES}")

_NOBODY_HOLDS_TAXES = "no screen and no cache holds taxes: what a stay owes is reckoned when somebody asks"
NOT_TOLD = {
    "createRatePolicy": "a policy that no plan names yet is part of no price; the plan that names it is told of",
    "createLocality": _NOBODY_HOLDS_TAXES,
    "renameLocality": _NOBODY_HOLDS_TAXES,
    "setBusinessLocality": _NOBODY_HOLDS_TAXES,
    **{
        f"{verb}{whose}TaxRule": _NOBODY_HOLDS_TAXES
        for verb in ("create", "change", "delete")
        for whose in ("Omd", "Business")
    },
}
"""Commands of prices without an event, and why that leaves no screen behind."""


class PriceScreen:
    """What a screen of prices holds; it is told that they changed, and fetches."""

    def __init__(self, desk: RevenueDesk, stream: Listener) -> None:
        self._desk = desk
        self._stream = stream
        self._read = 0
        self.held: list[Any] = []

    async def fetched(self) -> list[Any]:
        """Fetch everything anew."""
        return [await self._desk.done("GET", path) for path in SHOWN]

    async def catch_up(self) -> None:
        """Wait for what the stream has to tell; fetch anew where it says that prices changed."""
        await self._stream.until(await last_position(self._desk.connection))
        fresh = self._stream.told[self._read :]
        self._read += len(fresh)
        if any(each.type == "rates.changed" for each in fresh):
            self.held = await self.fetched()


class PriceCommands:
    """Gives commands, and after each compares the screen with what is fetched anew."""

    def __init__(self, desk: RevenueDesk, screen: PriceScreen) -> None:
        self._desk = desk
        self._screen = screen
        self.operations: set[str] = set()

    async def give(self, operation: str, method: str, path: str, body: object = None) -> Any:
        """Give a command, which must be taken and change what is kept, where it is told of."""
        before = self._screen.held
        answer = await self._desk.done(method, path, body)
        await self._screen.catch_up()
        kept = await self._screen.fetched()
        assert self._screen.held == kept, operation
        assert (kept == before) == (operation in NOT_TOLD), f"{operation} is not seen by what is compared"
        self.operations.add(operation)
        return answer


@pytest.fixture
def prices(live: Desk, world: World) -> RevenueDesk:
    """The revenue system of `grand`, in the application that passes events on."""
    return RevenueDesk(live.client, world, live.connection, live.tokens.of("grand"))


@pytest.fixture
async def screen(live_app: Litestar, prices: RevenueDesk) -> AsyncIterator[PriceScreen]:
    """A screen of the prices of `grand` that is open before anything happens."""
    async with listening(live_app, f"/api/v1/businesses/{prices.hotel.id}/events", prices.headers) as stream:
        shown = PriceScreen(prices, stream)
        shown.held = await shown.fetched()
        yield shown


async def test_a_screen_of_prices_that_follows_shows_what_one_that_fetches_does(
    prices: RevenueDesk, screen: PriceScreen
) -> None:
    commands = PriceCommands(prices, screen)
    give = commands.give
    twin = [prices.hotel.types["twin"].id]
    may = [interval("2027-05-01", "2027-06-01")]
    free = {"kind": "cancellation", "code": "FREE", "name": "Free"}
    policy = (await give("createRatePolicy", "POST", "/rate-policies", free))["id"]
    flexible = {"code": "FLEX", "name": "Flexible", "cancellation_policy_id": policy}
    plan = (await give("createRatePlan", "POST", "/rate-plans", flexible))["id"]
    await give("replaceRatePolicy", "POST", f"/rate-policies/{policy}/versions", {"name": "Free until noon"})
    season = prices.season(plan, "twin", "2027-05-01", "2027-06-01", "100.00", "120.00")
    await give("setRates", "PUT", "/rates", {"currency": "RON", "seasons": [season]})
    raised = {"rate_plan_ids": [plan], "room_type_ids": twin, "dates": may, "percent": "10"}
    await give("adjustRates", "POST", "/rates/adjustments", {"currency": "RON", "adjustments": [raised]})
    closed = {"rate_plan_ids": [plan], "room_type_ids": twin, "dates": may, "closed": True}
    await give("setRestrictions", "PUT", "/restrictions", {"restrictions": [closed]})
    quota = {"agency": "tui", "room_type_ids": twin, "dates": may, "rooms": 1}
    await give("setQuotas", "PUT", "/quotas", {"quotas": [quota]})
    await give("changeRatePlan", "PATCH", f"/rate-plans/{plan}", {"name": "Freely"})
    await give("retireRatePlan", "POST", f"/rate-plans/{plan}/retire")
    assert commands.operations | NOT_TOLD.keys() == every_command_of_prices()
    assert commands.operations & NOT_TOLD.keys() == {"createRatePolicy"}


def every_command_of_prices() -> set[str]:
    """Return every operation that changes prices or taxes, by the table of permissions."""
    return {
        operation
        for operation, action in OPERATIONS.items()
        if action in OF_PRICES and ROUTE_CLASSES[operation] is RouteClass.WRITE
    }
