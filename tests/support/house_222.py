"""The hotel of 222 rooms in `examples/`, worked through HTTP by its owner, day after day; the clock goes with it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx

from omd.db import Database
from omd.features.availability import open_horizon
from omd.features.inventory import import_inventory, parse_inventory
from omd.kernel.clock import FixedClock
from omd.kernel.ids import BusinessId, OmdId, RoomTypeId
from support.front_desk import Json
from support.persons import Headers, Persons
from support.worlds import Connection, Hotel, RoomType

FILE = Path(__file__).resolve().parents[2] / "examples" / "hotel-222.csv"
DAY = timedelta(days=1)
MOST_OF_BOOKING = 9


class House:
    """The hotel, and whoever works there."""

    def __init__(
        self, client: httpx.AsyncClient, hotel: Hotel, persons: Persons, owner: int, clock: FixedClock
    ) -> None:
        self.client = client
        self.hotel = hotel
        self.clock = clock
        self._persons = persons
        self._owner = owner
        self._headers: Headers = {}
        self.today = clock.now().date()

    @classmethod
    async def open(
        cls,
        client: httpx.AsyncClient,
        maintenance: Database,
        connection: Connection,
        persons: Persons,
        clock: FixedClock,
    ) -> "House":
        """Bring the hotel in from its file, open its dates, and give it an owner."""
        file = parse_inventory(FILE.read_bytes(), file_name=FILE.name, file_format="csv")
        await import_inventory(maintenance, file, today=clock)
        found = await connection.fetchrow("select omd_id, id from businesses where code = 'hotel-222'")
        assert found is not None
        omd_id, business_id = found
        await open_horizon(maintenance, OmdId(omd_id), today=clock.now().date())
        types = {
            row["code"]: RoomType(RoomTypeId(row["id"]), row["code"], 2, 1, 3, {})
            for row in await connection.fetch("select id, code from room_types where business_id = $1", business_id)
        }
        hotel = Hotel(OmdId(omd_id), BusinessId(business_id), "hotel-222", types)
        house = cls(client, hotel, persons, await persons.add("olivia", ("owner", hotel)), clock)
        await house.begins(clock.now().date())
        return house

    async def begins(self, day: date) -> None:
        """Let it be ten in the morning of a day, and whoever works sign in."""
        self.today = day
        self.clock.set(datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=8))
        self._headers = await self._persons.come_in(self._owner)

    async def later(self, passed: timedelta) -> None:
        """Let some time of the day go by; whoever works signs in anew."""
        self.clock.set(self.clock.now() + passed)
        self._headers = await self._persons.come_in(self._owner)

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Send a request; `~` at the beginning of a path is the hotel's own."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        where = f"/businesses/{self.hotel.id}{path[1:]}" if path.startswith("~") else path
        return await self.client.request(method, f"/api/v1{where}", json=body, headers={**self._headers, **named})

    async def get(self, path: str) -> Json:
        """Read something that must be there."""
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def do(self, method: str, path: str, body: object = None) -> Json:
        """Do something that must be taken."""
        answer = await self.ask(method, path, body)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        told: Json = answer.json()
        return told

    async def prices(self, plan: int, first: date, last: date) -> None:
        """Sell doubles at 300 and 360, singles at 240, suites at 700; weekends cost 50 more."""
        amounts = {"double": ["300.00", "360.00"], "single": ["240.00"], "suite": ["700.00", "700.00"]}
        dates = [{"starts_on": str(first), "ends_on": str(last)}]
        seasons = [
            {
                "name": code,
                "rate_plan_ids": [plan],
                "room_type_ids": [kind.id],
                "dates": dates,
                "amounts": amounts[code],
            }
            for code, kind in self.hotel.types.items()
        ]
        await self.do("PUT", "~/rates", {"currency": "RON", "seasons": seasons})
        dearer = {
            "rate_plan_ids": [plan],
            "room_type_ids": [kind.id for kind in self.hotel.types.values()],
            "dates": dates,
            "weekdays": ["fri", "sat"],
            "amount": "50.00",
        }
        await self.do("POST", "~/rates/adjustments", {"currency": "RON", "adjustments": [dearer]})

    async def book(self, code: str, nights: int, names: list[str], *, ahead: int = 0, adults: int = 1) -> list[str]:
        """Book an offer of a type for each guest, nine together; return the stays."""
        arrival = self.today + ahead * DAY
        stays: list[str] = []
        for at in range(0, len(names), MOST_OF_BOOKING):
            some = names[at : at + MOST_OF_BOOKING]
            asked = {
                "arrival": str(arrival),
                "departure": str(arrival + nights * DAY),
                "rooms": [{"adults": adults}] * len(some),
                "room_type_ids": [self.hotel.types[code].id],
            }
            rooms = (await self.do("POST", "~/offers", asked))["rooms"]
            offers = [
                {"offer": room["offers"][0]["offer"], "guests": [{"last_name": name, "country": "RO"}]}
                for room, name in zip(rooms, some, strict=True)
            ]
            booked = await self.do("POST", "~/bookings", {"offers": offers})
            assert Decimal(booked["total"]) == sum(Decimal(room["offers"][0]["total"]) for room in rooms)
            stays += [each["stay"]["id"] for each in booked["stays"]]
        return stays

    async def step(self, stay: str, step: str, body: object = None) -> Json:
        """Take a step of a stay's life."""
        return await self.do("POST", f"/reservations/{stay}/{step}", body)

    async def stays(self, name: str) -> list[Json]:
        """Read all of one of the desk's lists."""
        answer = await self.ask("GET", f"~/{name}?limit=500")
        assert answer.status_code == 200, answer.text
        stays: list[Json] = answer.json()
        return stays

    async def folios(self, stay: str) -> list[Json]:
        """Read the folios of a stay."""
        answer = await self.ask("GET", f"/reservations/{stay}/folios")
        assert answer.status_code == 200, answer.text
        folios: list[Json] = answer.json()
        return folios

    async def settle(self, stay: str, how: str) -> list[Json]:
        """Have what a stay owes paid in cash, by card or by bank; return its folios as they were."""
        folios = await self.folios(stay)
        for folio in folios:
            if Decimal(folio["balance"]) > 0:
                await self.do("POST", f"~/folios/{folio['id']}/payments", {"method": how, "amount": folio["balance"]})
        return folios

    async def close(self) -> httpx.Response:
        """Ask for the day to be closed, at four in the morning."""
        day = self.today
        self.clock.set(datetime.combine(day + DAY, datetime.min.time(), UTC) + timedelta(hours=2))
        self._headers = await self._persons.come_in(self._owner)
        return await self.ask("POST", "~/night-audits", {"business_date": str(day)})
