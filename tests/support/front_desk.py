"""The front desk of a hotel, worked through HTTP as its staff would; every test ends with the books balanced."""

from datetime import date
from typing import Any

import httpx

from support.parties import Tokens
from support.worlds import Connection, Hotel, World

Json = dict[str, Any]
FREE = {"amount": "0.00"}
GUESTS = [{"first_name": "Ana", "last_name": "Popescu"}]

BOOKS = {
    "sold is what the nights say": """
        select c.business_id, c.room_type_id, c.date, c.sold from room_type_availability c
        where c.sold <> (select count(*) from reservation_nights n where n.omd_id = c.omd_id
            and n.business_id = c.business_id and n.room_type_id = c.room_type_id and n.date = c.date)""",
    "physical and out_of_order are what the rooms say": """
        select c.business_id, c.room_type_id, c.date, c.physical, c.out_of_order from room_type_availability c
        where (c.physical, c.out_of_order) <> (
            select count(*), count(*) filter (where s.maintenance = 'out_of_order')
            from room_availability s join individual_rooms r on r.id = s.room_id
            where r.room_type_id = c.room_type_id and s.date = c.date)""",
    "forced covers the excess and no more": """
        select c.business_id, c.room_type_id, c.date, c.forced from room_type_availability c
        where c.forced <> greatest(0, c.sold - greatest(0, c.physical - c.out_of_order - c.held + c.overbooking))""",
    "a house with a limit sums its types, and they know of it": """
        select h.business_id, c.business_id, coalesce(h.date, c.date), h.sold, c.sold from house_availability h
        full join (select business_id, date, sum(physical) physical, sum(out_of_order) out_of_order, sum(held) held,
                          sum(sold) sold, bool_and(house_limited) limited
                   from room_type_availability t
                   where house_limited or exists (select from house_availability l
                                                  where l.business_id = t.business_id and l.date = t.date)
                   group by 1, 2) c on c.business_id = h.business_id and c.date = h.date
        where h.date is null or c.date is null or not c.limited
           or (h.physical, h.out_of_order, h.held, h.sold) <> (c.physical, c.out_of_order, c.held, c.sold)
           or h.forced <> greatest(0, h.sold - greatest(0, h.physical - h.out_of_order - h.held + h.overbooking))""",
    "a claim is a night and a night is a claim": """
        select s.room_id, s.date, s.reservation_id, n.reservation_id
        from (select * from room_availability where reservation_id is not null) s
        full join (select * from reservation_nights where room_id is not null) n
            on n.room_id = s.room_id and n.date = s.date and n.reservation_id = s.reservation_id
        where s.room_id is null or n.room_id is null""",
    "a stay that holds rooms holds every night it has": """
        select r.code, r.status, r.arrival, r.departure from reservations r
        where (select count(*) from reservation_nights n where n.reservation_id = r.id
                 and n.date >= r.arrival and n.date < r.departure)
              <> case when r.status in ('cancelled', 'no_show') then 0
                  else greatest(0, r.departure - greatest(r.arrival, (select h.starts_on from availability_horizons h
                                                                      where h.omd_id = r.omd_id))) end
           or exists (select from reservation_nights n where n.reservation_id = r.id
                        and (n.date < r.arrival or n.date >= r.departure))""",
    "maintenance stands on the nights of its intervals": """
        select s.room_id, s.date, s.maintenance from room_availability s
        where s.maintenance is distinct from (select m.kind from maintenance_intervals m
            where m.room_id = s.room_id and s.date >= m.starts_on and s.date < m.ends_on)""",
    "held is what hold-backs keep off sale, and a night of a certain room says so": """
        select c.business_id, c.room_type_id, c.date, c.held from room_type_availability c
        where c.held <> (
            select coalesce(sum(b.rooms), 0) from hold_backs b
            left join room_availability s on s.room_id = b.room_id and s.date = c.date
            where b.room_type_id = c.room_type_id and c.date >= b.starts_on and c.date < b.ends_on
              and s.maintenance is distinct from 'out_of_order')
        union all
        select s.business_id, s.room_id, s.date, s.held_back::int from room_availability s
        where s.held_back <> exists (select from hold_backs b
            where b.room_id = s.room_id and s.date >= b.starts_on and s.date < b.ends_on)""",
    "a stay has one primary guest": """
        select r.code from reservations r
        where (select count(*) from reservation_guests g where g.reservation_id = r.id and g.is_primary) <> 1""",
    "every version of a stay has its event": """
        select r.code, r.version from reservations r
        where r.version <> (select count(distinct e.aggregate_version) from events e
                            where e.aggregate = 'reservation' and e.aggregate_id = r.id::text)""",
}


async def assert_books_balance(connection: Connection) -> None:
    """Recount everything from the rows and compare it with what is kept."""
    for rule, question in BOOKS.items():
        rows = await connection.fetch(question)
        assert not rows, f"{rule}: {[tuple(row) for row in rows[:5]]}"


async def contents(connection: Connection) -> list[object]:
    """Return what a refused request must leave as it was."""
    tables = (
        "reservations",
        "reservation_guests",
        "reservation_nights",
        "maintenance_intervals",
        "hold_backs",
        "events",
    )
    changed = (
        "select * from room_type_availability where (sold, out_of_order, held, overbooking, forced) <> (0, 0, 0, 0, 0)"
    )
    parts = [f"select * from {table}" for table in (*tables, "house_availability")] + [changed]
    return [
        await connection.fetchval(f"select jsonb_agg(to_jsonb(t) order by to_jsonb(t)) from ({part}) t")
        for part in parts
    ]


def problem_of(answer: httpx.Response, status: int, code: str) -> Json:
    """Return the problem document, having checked that it is a whole one and gives nothing away."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json"
    document: Json = answer.json()
    assert document["code"] == code, document
    assert document["status"] == status
    assert document["type"] == f"urn:omd:problem:{code}"
    assert document["title"]
    assert document["detail"]
    for secret in ("Traceback", "asyncpg", "msgspec", "litestar", ".py", "select ", "$."):
        assert secret not in answer.text, answer.text
    return document


def pointers(document: Json) -> list[str]:
    """Return where the problems of a problem document lie, sorted."""
    return sorted(problem["pointer"] for problem in document["problems"])


def rooms_of(stay: Json) -> list[str | None]:
    """Return the room numbers of a stay's nights, in the order of the nights."""
    return [night["room_number"] for night in stay["nights"]]


class Desk:
    """What the staff of one hotel does, by the day."""

    party = "grand"

    def __init__(self, client: httpx.AsyncClient, tokens: Tokens, world: World, connection: Connection) -> None:
        self.client = client
        self.tokens = tokens
        self.world = world
        self.connection = connection

    @property
    def hotel(self) -> Hotel:
        """The hotel the desk stands in."""
        return self.world.grand

    def body(self, type_code: str, arrival: str, departure: str, **more: object) -> Json:
        """Return the body of a booking, which is for nothing unless its price is said; `room` is a room's number."""
        if "room" in more:
            more["room_id"] = self.hotel.rooms[str(more.pop("room"))]
        room_type = self.hotel.types[type_code].id
        return {
            "room_type_id": room_type,
            "arrival": arrival,
            "departure": departure,
            "guests": GUESTS,
            "price": FREE,
            **more,
        }

    async def send(
        self, method: str, path: str, body: object = None, *, party: str | None = None, **headers: str
    ) -> httpx.Response:
        """Send a request as a party (the hotel's own by default); header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(
            method,
            f"/api/v1{path}",
            headers={**self.tokens.of(party or self.party), **named},
            json=body,
        )

    async def book(self, type_code: str, arrival: str, departure: str, **more: object) -> httpx.Response:
        """Ask for a stay."""
        return await self.send(
            "POST", f"/businesses/{self.hotel.id}/reservations", self.body(type_code, arrival, departure, **more)
        )

    async def booked(self, type_code: str, arrival: str, departure: str, **more: object) -> Json:
        """Book a stay that must be taken."""
        answer = await self.book(type_code, arrival, departure, **more)
        assert answer.status_code == 201, answer.text
        stay: Json = answer.json()
        return stay

    async def stay(self, reservation_id: str) -> Json:
        """Read a stay."""
        answer = await self.send("GET", f"/reservations/{reservation_id}")
        assert answer.status_code == 200, answer.text
        stay: Json = answer.json()
        return stay

    async def amend(self, reservation_id: str, **change: object) -> httpx.Response:
        """Ask for a change of a stay; `room` is a room's number."""
        if "room" in change:
            change["room_id"] = self.hotel.rooms[str(change.pop("room"))]
        return await self.send("PATCH", f"/reservations/{reservation_id}", change)

    async def amended(self, reservation_id: str, **change: object) -> Json:
        """Change a stay; it must be taken."""
        answer = await self.amend(reservation_id, **change)
        assert answer.status_code == 200, answer.text
        stay: Json = answer.json()
        return stay

    async def step(self, reservation_id: str, step: str, body: object = None) -> httpx.Response:
        """Ask for a step of a stay's life: cancel, check-in, undo-check-in, check-out, no-show."""
        return await self.send("POST", f"/reservations/{reservation_id}/{step}", body)

    async def stepped(self, reservation_id: str, step: str, body: object = None) -> Json:
        """Take a step of a stay's life; it must be allowed."""
        answer = await self.step(reservation_id, step, body)
        assert answer.status_code == 200, answer.text
        stay: Json = answer.json()
        return stay

    async def availability(self, arrival: str, departure: str, **more: object) -> dict[str, Json]:
        """Return what the hotel has for a stay, by the code of the type."""
        answer = await self.client.get(
            f"/api/v1/businesses/{self.hotel.id}/availability",
            params={"arrival": arrival, "departure": departure, **{name: str(value) for name, value in more.items()}},
            headers=self.tokens.of(self.party),
        )
        assert answer.status_code == 200, answer.text
        return {each["code"]: each for each in answer.json()["room_types"]}

    async def free(self, type_code: str, *nights: str) -> list[int]:
        """Return how many rooms of a type are available on each of these nights."""
        counts = []
        for night in nights:
            departure = date.fromordinal(date.fromisoformat(night).toordinal() + 1).isoformat()
            counts.append((await self.availability(night, departure))[type_code]["available"])
        return counts

    async def overbook(self, type_code: str, starts_on: str, ends_on: str, rooms: int) -> None:
        """Set the overbooking limit of a type."""
        answer = await self.send(
            "PUT",
            f"/businesses/{self.hotel.id}/room-types/{self.hotel.types[type_code].id}/overbooking",
            {"starts_on": starts_on, "ends_on": ends_on, "rooms": rooms},
        )
        assert answer.status_code == 200, answer.text

    async def limit_house(self, starts_on: str, ends_on: str, rooms: int) -> int:
        """Set the house-wide overbooking limit; return the number of nights set."""
        answer = await self.send(
            "PUT",
            f"/businesses/{self.hotel.id}/overbooking",
            {"starts_on": starts_on, "ends_on": ends_on, "rooms": rooms},
        )
        assert answer.status_code == 200, answer.text
        nights: int = answer.json()["nights"]
        return nights

    async def house_nights(self, starts_on: str, ends_on: str) -> list[Json]:
        """Return the nights with a house-wide limit, with their counters."""
        answer = await self.send(
            "GET", f"/businesses/{self.hotel.id}/overbooking?starts_on={starts_on}&ends_on={ends_on}"
        )
        assert answer.status_code == 200, answer.text
        nights: list[Json] = answer.json()["nights"]
        return nights

    async def maintain(self, room: str, starts_on: str, ends_on: str, **more: object) -> httpx.Response:
        """Ask to take a room out of order (or out of service by `kind`)."""
        body = {"kind": "out_of_order", "reason": "a burst pipe", **more}
        return await self.send(
            "POST",
            f"/businesses/{self.hotel.id}/maintenance",
            {"room_id": self.hotel.rooms[room], "starts_on": starts_on, "ends_on": ends_on, **body},
        )

    async def maintained(self, room: str, starts_on: str, ends_on: str, **more: object) -> Json:
        """Take a room out; it must be done."""
        answer = await self.maintain(room, starts_on, ends_on, **more)
        assert answer.status_code == 201, answer.text
        started: Json = answer.json()
        return started

    async def hold_back(
        self, starts_on: str, ends_on: str, *, type_code: str | None = None, room: str | None = None, **more: object
    ) -> httpx.Response:
        """Ask to keep rooms of a type, or a certain room, off sale."""
        what = {
            **({} if type_code is None else {"room_type_id": self.hotel.types[type_code].id}),
            **({} if room is None else {"room_id": self.hotel.rooms[room]}),
        }
        terms = {"kind": "owner", "reason": "the owner's family", "starts_on": starts_on, "ends_on": ends_on}
        return await self.send("POST", f"/businesses/{self.hotel.id}/hold-backs", {**what, **terms, **more})

    async def held_back(self, starts_on: str, ends_on: str, **more: object) -> Json:
        """Keep rooms off sale; it must be done."""
        answer = await self.hold_back(starts_on, ends_on, **more)  # type: ignore[arg-type]  # the terms, as they come
        assert answer.status_code == 201, answer.text
        placed: Json = answer.json()
        return placed

    async def change_hold_back(self, hold_back_id: int, **terms: object) -> httpx.Response:
        """Ask to give a hold-back other terms."""
        return await self.send("PATCH", f"/businesses/{self.hotel.id}/hold-backs/{hold_back_id}", terms)

    async def end_hold_back(self, hold_back_id: int) -> httpx.Response:
        """Ask to end a hold-back."""
        return await self.send("DELETE", f"/businesses/{self.hotel.id}/hold-backs/{hold_back_id}")

    async def end_maintenance(self, interval_id: int) -> httpx.Response:
        """Ask to give a room back."""
        return await self.send("DELETE", f"/businesses/{self.hotel.id}/maintenance/{interval_id}")
