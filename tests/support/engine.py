"""The booking engine against a model of a few lines, as a state machine that lives random lives.

`OMD_MODEL_EXAMPLES=2000` makes a long run with new random lives; the suite runs the same few every time.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import Any, ClassVar, TypeVar

import asyncpg
import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from omd.db import Database, Transaction
from omd.features.availability import MaintenanceOverlaps, check_supply
from omd.features.availability.commands import set_overbooking
from omd.features.availability.errors import CountersExceeded
from omd.features.reservations import (
    Amendment,
    Guest,
    NewReservation,
    NoRoomThroughout,
    Price,
    Reservation,
    SoldOut,
    amend,
    book,
    check_demand,
    end_maintenance,
    get_reservation,
    start_maintenance,
)
from omd.features.reservations.commands.maintenance import NewMaintenance
from omd.features.reservations.errors import ActionRefused, InHouseStayFixed, StaysInTheWay
from omd.kernel.errors import OmdError
from support.databases import clone_template, drop_clone, opened
from support.engine_model import Stay, take_step
from support.engine_rooms import Rooms
from support.servers import Servers
from support.worlds import NOW, TODAY, World, hotel_actor, nights, system_actor

Result = TypeVar("Result")

EXAMPLES = int(os.environ.get("OMD_MODEL_EXAMPLES", "0"))
TYPES = ("single", "twin")
ACTIONS = ["cancel", "check_in", "check_out", "no_show", "undo_check_in"]
LAST_NIGHT = TODAY + timedelta(days=40)
GUESTS = [Guest(last_name="Model")]


class Engine(Rooms, RuleBasedStateMachine):
    """The real commands on a real database on one side, counters by type and night on the other."""

    servers: ClassVar[Servers]
    world: ClassVar[World]
    numbers: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.grand = self.world.grand
        self.actor = hotel_actor(self.grand)
        self.day = TODAY
        self.stays: list[Stay] = []
        self.out: dict[int, tuple[str, str, date, date, str]] = {}
        self.held: dict[int, tuple[str | None, str, date, date, int]] = {}
        self.limit: Counter[tuple[str, date]] = Counter()
        self.steps = 0
        self.db, self.maintenance_db = self.runner.run(self._open())

    async def _open(self) -> tuple[Database, Database]:
        self.numbers["database"] += 1
        self.name = name = f"model_{os.getpid()}_{self.numbers['database']}"
        admin = await asyncpg.connect(self.servers.dsn(user="postgres", database="postgres"))
        self.stack.push_async_callback(admin.close)
        await clone_template(admin, name)
        self.stack.push_async_callback(drop_clone, admin, name)
        requests = await self.stack.enter_async_context(opened(self.servers, name, "omd_app"))
        return requests, await self.stack.enter_async_context(opened(self.servers, name, "omd_maintenance"))

    def teardown(self) -> None:
        """Ask every invariant of the database a last time."""
        try:
            self._prove()
        finally:
            self.runner.run(self.stack.aclose())
            self.runner.close()

    @property
    def now(self) -> Any:
        return NOW + (self.day - TODAY)

    # The two sides, step by step.

    def command(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result | OmdError:
        try:
            return self.runner.run(self.db.write(self.actor, work))
        except OmdError as refusal:
            return refusal

    @initialize(limit=st.sampled_from([0, 1, 2]), lengths=st.lists(st.integers(2, 5), min_size=2, max_size=4))
    def open_house(self, limit: int, lengths: list[int]) -> None:
        """Begin with guests who arrive today, in some lives with an overbooking limit."""
        if limit:
            self.set_limit("twin", 0, 20, limit)
        for length in lengths:
            self.book("twin", 0, length, locked=False)

    @rule(
        type_code=st.sampled_from(["twin", "twin", "single"]),
        ahead=st.sampled_from([0, 0, 1, 1, 2, 3, 4, 6, 8]),
        length=st.integers(1, 5),
        locked=st.sampled_from([False] * 9 + [True]),
    )
    def book(self, type_code: str, ahead: int, length: int, *, locked: bool) -> None:
        arrival = self.day + timedelta(days=ahead)
        departure = arrival + timedelta(days=length)
        wanted = list(nights(arrival, departure))
        room_type = self.grand.types[type_code].id
        order = NewReservation(room_type, arrival, departure, GUESTS, room_locked=locked, price=Price("0.00"))
        answer = self.command(lambda tx: book(tx, self.actor, self.grand.id, order, now=self.now))
        short = self.short(type_code, wanted)
        if short:
            assert isinstance(answer, SoldOut), answer
            assert answer.data["nights"] == short
            return
        if isinstance(answer, NoRoomThroughout):
            assert self.fixed(type_code, since=arrival) or self.in_pieces(type_code, since=arrival), answer.detail
            return
        assert isinstance(answer, Reservation), answer
        if not self.full(type_code, wanted):
            assert len({night.room_id for night in answer.nights}) == 1
            assert answer.nights[0].room_id is not None
        self.assert_full_where_no_room_was_given(answer, type_code)
        self.stays.append(Stay(answer.id, type_code, arrival, departure, "confirmed", locked))

    @precondition(lambda self: self.active("confirmed", "in_house"))
    @rule(
        pick=st.integers(0, 99),
        shift=st.integers(-3, 5),
        length=st.integers(1, 6),
        locked=st.sampled_from([msgspec.UNSET, msgspec.UNSET, msgspec.UNSET, False, True]),
        override=st.sampled_from([False, False, False, True]),
    )
    def amend(self, pick: int, shift: int, length: int, *, locked: bool | msgspec.UnsetType, override: bool) -> None:
        candidates = self.active("confirmed", "in_house")
        stay = candidates[pick % len(candidates)]
        in_house = stay.status == "in_house"
        arrival = (
            stay.arrival if in_house or stay.arrival < self.day else max(stay.arrival + timedelta(days=shift), self.day)
        )
        departure = arrival + timedelta(days=length)
        change = Amendment(
            arrival=arrival,
            departure=departure,
            room_locked=locked,
            # Nights that are added have no price until one is agreed on.
            price=Price("0.00"),
            override_reason="promised by the manager" if override else None,
        )
        before = self.read(stay)
        answer = self.command(lambda tx: amend(tx, self.actor, stay.id, change, expected=lambda _: None, now=self.now))
        if in_house and departure != stay.departure and departure < max(self.day, arrival + timedelta(days=1)):
            assert isinstance(answer, InHouseStayFixed), answer
            return
        stays_put = stay.locked if locked is msgspec.UNSET else locked
        longer = departure > stay.departure and arrival == stay.arrival
        # Who is in the house, or stays longer in a locked room, keeps what is held.
        keeps = in_house or (stays_put and longer)
        wanted = list(nights(stay.departure if keeps else arrival, departure))
        unchanged = override or (arrival, departure) == (stay.arrival, stay.departure)
        # Nights of its own were granted to it, whatever is left of their type by now.
        others = [night for night in wanted if not stay.arrival <= night < stay.departure]
        if not unchanged and (short := self.short(stay.type, others, without=stay)):
            assert isinstance(answer, SoldOut), answer
            assert answer.data["nights"] == short
            return
        if isinstance(answer, NoRoomThroughout):
            assert answer.data["obstacles"], answer.detail
            assert not override, answer.detail
            assert not in_house or stays_put or not self.full(stay.type, wanted, without=stay), answer.detail
            assert (
                self.fixed(stay.type, since=min(wanted[0], self.day), own=stay)
                or wanted[0] < self.day
                or stays_put
                or self.in_pieces(stay.type, since=min(wanted[0], self.day), own=stay)
            ), answer.detail
            return
        if self.is_kept_out(answer, stay):
            assert in_house, answer
            return
        assert isinstance(answer, Reservation), answer
        if longer and (keeps or len({night.room_id for night in before.nights}) > 1):
            assert before.nights == answer.nights[: len(before.nights)]
        stay.arrival, stay.departure = arrival, departure
        stay.locked = stays_put

    def read(self, stay: Stay) -> Reservation:
        answer = self.command(lambda tx: get_reservation(tx, self.actor, stay.id, self.now))
        assert isinstance(answer, Reservation), answer
        return answer

    @precondition(lambda self: self.stays)
    @rule(pick=st.integers(0, 99), action=st.sampled_from(ACTIONS))
    def any_step(self, pick: int, action: str) -> None:
        """Try a step on any stay, closed ones included."""
        self._take_step(self.stays[pick % len(self.stays)], action)

    @precondition(lambda self: self.active("confirmed"))
    @rule(pick=st.integers(0, 99), action=st.sampled_from(["check_in", "check_in", "cancel", "no_show"]))
    def step_of_an_arrival(self, pick: int, action: str) -> None:
        """Take a stay that has begun where there is one: most steps mean these."""
        confirmed = self.active("confirmed")
        due = [stay for stay in confirmed if stay.arrival <= self.day < stay.departure] or confirmed
        self._take_step(due[pick % len(due)], action)

    @precondition(lambda self: self.active("in_house"))
    @rule(pick=st.integers(0, 99))
    def departure(self, pick: int) -> None:
        in_house = self.active("in_house")
        self._take_step(in_house[pick % len(in_house)], "check_out")

    def _take_step(self, stay: Stay, action: str) -> None:
        answer = self.command(lambda tx: take_step(tx, self.actor, stay.id, action, now=self.now))
        allowed = self.allows(stay, action, self.day)
        if isinstance(answer, ActionRefused) and answer.data["reason_code"] == "room_not_assigned":
            # That it had a reason is proved by the invariant `stays_have_their_rooms`.
            assert (allowed, action) == (True, "check_in")
            return
        if self.is_kept_out(answer, stay):
            assert (allowed, action) == (True, "check_in")
            return
        assert isinstance(answer, Reservation if allowed else ActionRefused), answer
        if isinstance(answer, OmdError):
            return
        if action == "check_out" and self.day < stay.departure:
            stay.departure = max(self.day, stay.arrival)
        if action == "check_in":
            stay.entered_on = self.day
        stay.status = {
            "cancel": "cancelled",
            "check_in": "in_house",
            "check_out": "checked_out",
            "no_show": "no_show",
            "undo_check_in": "confirmed",
        }[action]
        assert (answer.status, answer.departure) == (stay.status, stay.departure)
        if action == "check_in":
            self.assert_alone(stay)

    @precondition(lambda self: len(self.running()) < 2 and self.stays)
    @rule(
        pick=st.integers(0, 99),
        ahead=st.integers(0, 6),
        length=st.integers(1, 4),
        kind=st.sampled_from(["out_of_order", "out_of_service"]),
        override=st.booleans(),
    )
    def start_maintenance(self, pick: int, ahead: int, length: int, kind: Any, override: bool) -> None:
        choices = [(number, code) for code in TYPES for number in self.grand.types[code].rooms]
        number, code = choices[pick % len(choices)]
        start = self.day + timedelta(days=ahead)
        end = start + timedelta(days=length)
        wanted = NewMaintenance(
            self.grand.rooms[number], kind, start, end, "a burst pipe", override_reason="no water" if override else None
        )
        answer = self.command(lambda tx: start_maintenance(tx, self.actor, self.grand.id, wanted, now=self.now))
        overlaps = any(
            number == taken and since < end and start < until for taken, _, since, until, _ in self.out.values()
        )
        covered = all(self.is_held_back(number, night) or self.spares(code, night, 1) for night in nights(start, end))
        if overlaps:
            assert isinstance(answer, MaintenanceOverlaps | StaysInTheWay | CountersExceeded), answer
            return
        if isinstance(answer, OmdError):
            assert kind == "out_of_order"
            assert not override
            assert isinstance(answer, StaysInTheWay if covered else (StaysInTheWay, CountersExceeded)), answer
            assert not covered or self.active("confirmed", "in_house")
            return
        assert kind == "out_of_service" or override or covered
        self.out[answer.interval.id] = (number, code, start, end, kind)

    @precondition(lambda self: self.running())
    @rule(pick=st.integers(0, 99))
    def end_maintenance(self, pick: int) -> None:
        running = self.running()
        interval_id = running[pick % len(running)]
        answer = self.command(lambda tx: end_maintenance(tx, self.actor, self.grand.id, interval_id, now=self.now))
        assert answer is None
        number, code, start, end, kind = self.out.pop(interval_id)
        if start < self.day:
            self.out[-interval_id] = (number, code, start, min(end, self.day), kind)

    @rule(
        type_code=st.sampled_from(TYPES),
        ahead=st.integers(0, 10),
        length=st.integers(1, 10),
        limit=st.sampled_from([0, 0, 0, 1, 2]),
    )
    def set_limit(self, type_code: str, ahead: int, length: int, limit: int) -> None:
        start = self.day + timedelta(days=ahead)
        end = start + timedelta(days=length)
        room_type_id = self.grand.types[type_code].id
        answer = self.command(
            lambda tx: set_overbooking(
                tx, self.actor, self.grand.id, room_type_id, starts_on=start, ends_on=end, rooms=limit, now=self.now
            )
        )
        assert answer == length
        for night in nights(start, end):
            self.limit[type_code, night] = limit

    @precondition(lambda self: self.day < TODAY + timedelta(days=12))
    @rule()
    def next_day(self) -> None:
        self.day += timedelta(days=1)

    @invariant()
    def counters_agree(self) -> None:
        """Compare every counter with the model's, and every few steps ask all the database's own invariants."""
        self.steps += 1
        counted = self.runner.run(self._counters())
        for (code, night), found in counted.items():
            expected = self.sold(code, night)
            rooms = self.rooms(code, night)
            held = self.held_back(code, night)
            limit = self.limit[code, night]
            excess = max(0, expected - max(0, rooms - held + limit))
            physical = len(self.grand.types[code].rooms)
            assert found == (physical - rooms, held, expected, limit, excess), (code, night)
        if self.steps % 10 == 0:
            self._prove()

    async def _counters(self) -> dict[tuple[str, date], tuple[int, ...]]:
        codes = {each.id: code for code, each in self.grand.types.items() if code in TYPES}
        connection: Any
        async with self.db.reading(self.actor) as tx:
            connection = tx._connection
            rows = await connection.fetch(
                "select room_type_id, date, out_of_order, held, sold, overbooking, forced from room_type_availability "
                "where omd_id = $1 and business_id = $2 and room_type_id = any ($3::int[]) and date between $4 and $5",
                *(self.grand.omd_id, self.grand.id, list(codes), TODAY, LAST_NIGHT),
            )
        return {
            (codes[row["room_type_id"]], row["date"]): tuple(
                row[name] for name in ("out_of_order", "held", "sold", "overbooking", "forced")
            )
            for row in rows
        }

    def _prove(self) -> None:
        breaches = self.runner.run(self._breaches())
        assert breaches == []

    async def _breaches(self) -> list[object]:
        actor = system_actor(self.world.alpha)
        async with self.maintenance_db.reading(actor) as tx:
            verdicts = [
                *await check_supply(tx, self.world.alpha.id),
                *await check_demand(tx, self.world.alpha.id, now=self.now),
            ]
        return [verdict for verdict in verdicts if verdict.breaches]


def run_engine(machine: type[Engine], servers: Servers, world: World, *, examples: int = 12) -> None:
    """Live the lives of a machine; `examples` of them, or as many as OMD_MODEL_EXAMPLES says."""
    machine.servers, machine.world = servers, world
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES or examples,
            stateful_step_count=60 if EXAMPLES else 40,
            derandomize=not EXAMPLES,
            # Shrinking a failure takes minutes: the suite shows the life as it was found.
            phases=(Phase.generate, Phase.shrink) if EXAMPLES else (Phase.generate,),
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
