"""A hotel that closes its dates by night audits, worked through HTTP; its clock goes with its date."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import httpx

from omd.kernel.clock import FixedClock
from support.bills import Cashier
from support.bookings import OfferDesk
from support.front_desk import Desk, Json
from support.persons import Persons

FIRST = date(2027, 3, 1)


class Night:
    """The hotel `grand`, whose staff close its dates."""

    def __init__(self, offers: OfferDesk, persons: Persons, clock: FixedClock) -> None:
        self.offers = offers
        self.cashier = Cashier(offers.desk, offers.desk.tokens.of("grand"))
        self.clock = clock
        self._persons = persons
        self._managers = count(1)

    @property
    def desk(self) -> Desk:
        """The front desk."""
        return self.offers.desk

    @property
    def path(self) -> str:
        """Where its audits are."""
        return f"/businesses/{self.desk.hotel.id}/night-audits"

    async def audited(self, **settings: Any) -> None:
        """Let the hotel close its dates by audits, from the first of March on."""
        answer = await self.put({"mode": "audit", **settings})
        assert answer.status_code == 200, answer.text

    async def put(self, settings: Json) -> httpx.Response:
        """Ask for other settings, as a manager who has just signed in."""
        headers = await self._persons.headers(f"manager{next(self._managers)}", ("manager", self.desk.hotel))
        manager = Cashier(self.desk, headers)
        return await manager.send("PUT", f"{self.desk_path}/night-audit-settings", settings)

    @property
    def desk_path(self) -> str:
        """Where the hotel is."""
        return f"/businesses/{self.desk.hotel.id}"

    def past(self, day: date) -> None:
        """Put the clock to four in the morning after a day, in the hotel's zone or near it."""
        self.clock.set(datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=4))

    async def start(self, day: date, **headers: str) -> httpx.Response:
        """Ask for a date to be closed, on the morning after it."""
        self.past(day)
        return await self.cashier.send("POST", self.path, {"business_date": str(day)}, **headers)

    async def closed(self, day: date) -> Json:
        """Close a date, which must succeed, and return what closing it did."""
        answer = await self.start(day)
        assert answer.status_code == 201, answer.text
        shown: Json = answer.json()
        return shown

    async def shown(self, day: date) -> Json:
        """Read the audit of a date."""
        answer = await self.cashier.send("GET", f"{self.path}/{day}")
        assert answer.status_code == 200, answer.text
        shown: Json = answer.json()
        return shown

    async def statistics(self, day: date) -> dict[int | None, Json]:
        """Read what a closed date was, by room type."""
        until = day + timedelta(days=1)
        answer = await self.cashier.send("GET", f"{self.desk_path}/statistics?starts_on={day}&ends_on={until}")
        assert answer.status_code == 200, answer.text
        return {each["room_type_id"]: each for each in answer.json()["types"]}

    async def sold(self, type_code: str, arrival: str, departure: str, **more: object) -> str:
        """Sell a stay by an offer that is made now; return its id."""
        return await self.offers.sold(type_code, arrival, departure, made_at=self.clock.now(), **more)

    async def in_house(self, type_code: str, arrival: str, departure: str, **more: object) -> str:
        """Sell a stay by an offer and take its guest in; return its id."""
        stay = await self.sold(type_code, arrival, departure, **more)
        await self.desk.stepped(stay, "check-in")
        return stay

    async def status_of(self, stay_id: str) -> tuple[str, str]:
        """Return how a stay stands, and when it departs."""
        answer = await self.desk.send("GET", f"/reservations/{stay_id}")
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told["status"], told["departure"]

    async def events(self) -> list[str]:
        """Return the events of night audits, in their order."""
        rows = await self.desk.connection.fetch("select type from events where type like 'night_audit.%' order by seq")
        return [row["type"] for row in rows]


def counts_of(shown: Json) -> dict[str, Json]:
    """Return what the steps of an audit did."""
    return {each["step"]: each["counts"] for each in shown["steps"]}
