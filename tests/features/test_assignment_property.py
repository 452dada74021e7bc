"""Whatever the house: a plan breaks no rule, moves nobody locked or in house, and undone everything is as it was."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omd.kernel.clock import FixedClock
from support.assigning import give_features, propose, take, wish
from support.front_desk import Desk, Json, assert_books_balance, problem_of
from support.rights import widen_keys
from support.worlds import NOW

ROOMS = ("101", "102", "103", "104", "105")
FEATURES = ("bath", "quiet")
DAY = timedelta(days=1)


class DrawnRoom(NamedTuple):
    """A room: its feature, what was done to it, what was seen in it, and its maintenance by offset and nights."""

    feature: str
    condition: str
    seen: str
    kind: str | None
    starts: int
    nights: int


class DrawnStay(NamedTuple):
    """A stay by offset and nights, what it needs, and whether it is locked, or in the house if it comes today."""

    starts: int
    nights: int
    needs: str | None
    likes: str | None
    is_locked: bool
    is_here: bool


class Drawn(NamedTuple):
    """A house, whether it asks for clean rooms, and where the guests of each room go by hand."""

    rooms: list[DrawnRoom]
    stays: list[DrawnStay]
    asks: bool
    exchange: list[str]


def houses() -> st.SearchStrategy[Drawn]:
    room = st.builds(
        DrawnRoom,
        feature=st.sampled_from(FEATURES),
        condition=st.sampled_from(("dirty", "clean")),
        seen=st.sampled_from(("vacant", "vacant", "occupied")),
        kind=st.sampled_from((None, None, "out_of_order", "out_of_service")),
        starts=st.integers(0, 4),
        nights=st.integers(1, 3),
    )
    stay = st.builds(
        DrawnStay,
        starts=st.sampled_from((0, 0, 1, 2)),
        nights=st.integers(1, 3),
        needs=st.sampled_from((None, None, *FEATURES)),
        likes=st.sampled_from((None, *FEATURES)),
        is_locked=st.sampled_from((False, False, False, True)),
        is_here=st.sampled_from((False, False, True)),
    )
    return st.builds(
        Drawn,
        rooms=st.lists(room, min_size=5, max_size=5),
        stays=st.lists(stay, min_size=2, max_size=7),
        asks=st.booleans(),
        exchange=st.permutations(ROOMS),
    )


class House:
    """A drawn house as the hotel has it, and what the rules say of it, worked out anew."""

    def __init__(self, desk: Desk, drawn: Drawn, today: date) -> None:
        self.desk, self.drawn, self.today = desk, drawn, today
        self.path = f"/businesses/{desk.hotel.id}"
        self.stays: dict[str, tuple[DrawnStay, Json]] = {}
        self.of_room = dict(zip(ROOMS, drawn.rooms, strict=True))

    def on(self, offset: int) -> str:
        return str(self.today + offset * DAY)

    async def build(self) -> None:
        """Make the house as it was drawn; what has no place in it stays away."""
        desk = self.desk
        for stay in (await desk.send("GET", f"{self.path}/reservations?limit=500")).json():
            if stay["status"] == "in_house":
                await desk.stepped(stay["id"], "check-out")
        await self._put("housekeeping-settings", {"check_in_needs": "none"})
        await give_features(desk, **{f"r{number}": room.feature for number, room in self.of_room.items()})
        for number, room in self.of_room.items():
            if room.kind is not None:
                interval = (self.on(room.starts), self.on(room.starts + room.nights))
                await desk.maintained(number, *interval, kind=room.kind)
        for drawn in self.drawn.stays:
            await self._book(drawn)
        for number, room in self.of_room.items():
            await self._put(f"rooms/{desk.hotel.rooms[number]}/condition", {"condition": room.condition})
            await self._put(f"rooms/{desk.hotel.rooms[number]}/seen", {"occupancy": room.seen})
        await self._put("housekeeping-settings", {"check_in_needs": "clean" if self.drawn.asks else "none"})

    async def _put(self, path: str, body: Json) -> None:
        answer = await self.desk.send("PUT", f"{self.path}/{path}", body)
        assert answer.status_code == 200, answer.text

    async def _book(self, drawn: DrawnStay) -> None:
        answer = await self.desk.book("double", self.on(drawn.starts), self.on(drawn.starts + drawn.nights))
        if answer.status_code != 201:
            problem_of(answer, 409, answer.json()["code"])
            return
        stay: Json = answer.json()
        wishes: list[Json] = []
        if drawn.needs is not None:
            wishes.append({"kind": "feature", "value": drawn.needs, "required": True})
        if drawn.likes is not None:
            wishes.append({"kind": "feature", "value": drawn.likes, "importance": 3})
        await wish(self.desk, stay, *wishes)
        if drawn.is_here and drawn.starts == 0:
            await self.desk.step(stay["id"], "check-in")
        if drawn.is_locked:
            await self.desk.amended(stay["id"], room_locked=True, room_lock_reason="a promise")
        self.stays[stay["id"]] = (drawn, await self.desk.stay(stay["id"]))

    async def where(self) -> dict[str, list[str | None]]:
        """Return the room of every night of every stay."""
        now = {stay: await self.desk.stay(stay) for stay in self.stays}
        return {stay: [night["room_number"] for night in told["nights"]] for stay, told in now.items()}

    async def kept(self) -> object:
        """Return every night held and every claim on a room: what an undo restores exactly."""
        return await self.desk.connection.fetchval(
            "select jsonb_build_object("
            " 'nights', (select jsonb_agg(to_jsonb(n) order by n.reservation_id, n.date) from reservation_nights n),"
            " 'claims', (select jsonb_agg(to_jsonb(a) order by a.room_id, a.date) from room_availability a"
            "            where a.reservation_id is not null or a.maintenance is not null))"
        )

    def may_move(self, stay: str) -> bool:
        _, told = self.stays[stay]
        rooms = {night["room_id"] for night in told["nights"]}
        return told["status"] == "confirmed" and not told["room_locked"] and len(rooms) == 1

    def breaks(self, stay: str, number: str) -> set[str]:
        """Return the rules that a stay breaks in a room and that somebody may override."""
        drawn, _ = self.stays[stay]
        room = self.of_room[number]
        broken = set()
        if drawn.needs not in (None, room.feature):
            broken.add("feature_missing")
        if room.kind == "out_of_service" and self._overlap(drawn, room):
            broken.add("out_of_service")
        if drawn.starts == 0 and self.drawn.asks and room.condition == "dirty":
            broken.add("not_ready")
        if drawn.starts == 0 and (room.seen == "occupied") != self._is_occupied(number):
            broken.add("discrepancy")
        return broken

    def _is_occupied(self, number: str) -> bool:
        return any(
            told["status"] == "in_house" and told["nights"][0]["room_number"] == number
            for _, told in self.stays.values()
        )

    @staticmethod
    def _overlap(stay: DrawnStay, room: DrawnRoom) -> bool:
        return stay.starts < room.starts + room.nights and room.starts < stay.starts + stay.nights

    def require_kept_to(self, before: dict[str, list[str | None]], after: dict[str, list[str | None]]) -> list[str]:
        """Hold what a plan did against what none may do; return who moved."""
        moved = [stay for stay in after if after[stay] != before[stay]]
        for stay in moved:
            assert self.may_move(stay), "locked, in house, or split"
            assert len(set(after[stay])) == 1
            number = after[stay][0]
            assert number is not None, "nobody who had a room loses it"
            room = self.of_room[number]
            assert room.kind != "out_of_order" or not self._overlap(self.stays[stay][0], room)
        return moved


@pytest.fixture
def counter() -> list[int]:
    """How many examples there were."""
    return []


async def built(desk: Desk, drawn: Drawn, clock: FixedClock, counter: list[int]) -> House:
    """Return the house on dates of its own, so that no example meets another."""
    counter.append(1)
    clock.set(NOW + 14 * DAY * len(counter))
    house = House(desk, drawn, clock.now().date())
    await house.build()
    return house


relaxed = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@relaxed
@given(drawn=houses())
async def test_a_plan_breaks_no_rule_and_undone_everything_is_as_it_was(
    drawn: Drawn, desk: Desk, clock: FixedClock, counter: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        widen_keys(patch)
        house = await built(desk, drawn, clock, counter)
        before, kept = await house.where(), await house.kept()
        body = {"scope": "horizon", "starts_on": house.on(0), "days": 5}
        if not any(house.may_move(stay) for stay in house.stays):
            answer = await desk.send("POST", f"{house.path}/assignment-plans", body)
            problem_of(answer, 409, "nothing_to_assign")
            return
        plan = await propose(desk, **body)
        assert {stay["reservation_id"] for stay in plan["stays"]} == {
            each for each in house.stays if house.may_move(each)
        }
        assert await house.kept() == kept, "nothing is moved by proposing"

        await take(desk, plan, "apply")
        after = await house.where()
        for stay in house.require_kept_to(before, after):
            assert house.breaks(stay, str(after[stay][0])) <= {"out_of_service", "not_ready"}, "those are weighed"
        await assert_books_balance(desk.connection)

        await take(desk, plan, "undo")
        assert await house.kept() == kept
        await assert_books_balance(desk.connection)


@relaxed
@given(drawn=houses())
async def test_an_exchange_breaks_what_was_named_and_undone_everything_is_as_it_was(
    drawn: Drawn, desk: Desk, clock: FixedClock, counter: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        widen_keys(patch)
        house = await built(desk, drawn, clock, counter)
        before, kept = await house.where(), await house.kept()
        goes = dict(zip(ROOMS, drawn.exchange, strict=True))
        rooms = {stay: goes[str(at[0])] for stay, at in before.items() if at[0] in goes}
        moves = [{"reservation_id": stay, "room_id": desk.hotel.rooms[number]} for stay, number in rooms.items()]
        if not moves:
            return
        path = f"{house.path}/assignment-plans"
        asked = await desk.send("POST", path, {"scope": "by_hand", "moves": moves})
        named = {each["code"] for each in _changes(asked.json())}
        fixed = {house.stays[stay][1]["code"] for stay in rooms if not house.may_move(stay)}
        assert named >= fixed, "who may not move is named"
        if asked.status_code == 409:
            assert named
            assert await house.kept() == kept
            movable = [move for move in moves if house.may_move(str(move["reservation_id"]))]
            asked = await desk.send("POST", path, {"scope": "by_hand", "moves": movable or moves})
        if asked.status_code == 409:
            assert await house.kept() == kept
            return
        plan: Json = asked.json()

        broken: set[str] = set()
        for stay in plan["stays"]:
            if stay["moves"]:
                told = {each["rule"] for each in stay["breaks"]}
                assert told == house.breaks(stay["reservation_id"], stay["to_room"])
                broken |= told
        await _apply(desk, plan, broken, kept, house)
        after = await house.where()
        house.require_kept_to(before, after)
        assert all(after[stay["reservation_id"]][0] == stay["to_room"] for stay in plan["stays"])
        await assert_books_balance(desk.connection)

        await take(desk, plan, "undo")
        assert await house.kept() == kept
        await assert_books_balance(desk.connection)


async def _apply(desk: Desk, plan: Json, broken: Iterable[str], kept: object, house: House) -> None:
    """Apply a plan by hand: plainly where it breaks nothing, else rule by rule by name, and not with one left out."""
    rules = sorted(broken)
    if not rules:
        await take(desk, plan, "apply")
        return
    path = f"{house.path}/assignment-plans/{plan['id']}"
    problem_of(await desk.send("POST", f"{path}/apply"), 409, "room_rules_broken")
    others = {"too_small", "feature_missing", "out_of_service", "not_ready", "discrepancy"} - {rules[0]}
    body = {"overrides": sorted(others), "override_reason": "they asked"}
    short = problem_of(await desk.send("POST", f"{path}/apply-against-rules", body), 409, "room_rules_broken")
    assert short["data"]["not_overridden"] == [rules[0]]
    assert await house.kept() == kept
    answer = await desk.send("POST", f"{path}/apply-against-rules", {**body, "overrides": rules})
    assert answer.status_code == 200, answer.text


def _changes(told: Json) -> list[Json]:
    changes: list[Json] = told.get("data", {}).get("changes", [])
    return changes
