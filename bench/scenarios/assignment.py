"""Rooms for arrivals: proposed through the API in a full house, and a summer of the real hotel by four rules."""

import json
import time

import msgspec

from bench.desk_hotel import ROOMS, DeskHotel, bring_in, open_desk
from bench.model import BenchFailed, Row
from bench.real_hotel import RULES, SUMMER, Figures, play, read
from bench.scenarios.desk import Desk
from bench.scenarios.replay import find_file
from bench.session import Bench

TARGET_DAY_S = 1.0
TARGET_FORTNIGHT_S = 10.0
TIMES = 5


class _Proposal(msgspec.Struct, frozen=True):
    """A plan as the API told it, and the seconds until it did."""

    seconds: float
    stays: int
    moves: int
    cost_now: int
    cost_first: int
    cost: int
    bound: int | None
    proven: bool


def run(bench: Bench) -> list[Row]:
    """Measure plans of a day and of two weeks, and play the summer of the real hotel."""
    hotel = open_desk(bench.home)
    _wish(bench)
    desk = Desk(bench, hotel)
    bench.say(f"Proposing rooms for the arrivals of a house of {ROOMS} rooms")
    _propose(desk, hotel, "arrivals")
    days = [_propose(desk, hotel, "arrivals") for _ in range(TIMES)]
    weeks = _propose(desk, hotel, "horizon")
    rows = [_day(days), _fortnight(weeks)]
    file = find_file(None)
    if file is None:
        bench.say("The bookings of the real hotel are not here; its summer is left out.")
        return rows
    bench.say(f"Playing {SUMMER.nights} days of a real hotel by {len(RULES)} rules")
    bookings, requests = read(file)
    return [*rows, *_summer([play(bookings, requests, rule) for rule in RULES])]


def _propose(desk: Desk, hotel: DeskHotel, scope: str) -> _Proposal:
    tomorrow = hotel.today.fromordinal(hotel.today.toordinal() + 1).isoformat()
    began = time.perf_counter()
    answer = desk.send(
        "POST",
        f"/businesses/{hotel.business_id}/assignment-plans",
        body={"scope": scope, "starts_on": tomorrow, "days": 14},
        expected=201,
    )
    took = time.perf_counter() - began
    plan = json.loads(answer)
    return _Proposal(
        took,
        len(plan["stays"]),
        sum(stay["moves"] for stay in plan["stays"]),
        *(plan[each] for each in ("cost_now", "cost_first", "cost", "bound", "proven")),
    )


def _day(found: list[_Proposal]) -> Row:
    slowest = max(found, key=lambda each: each.seconds)
    if slowest.cost > slowest.cost_first:
        raise BenchFailed("A plan costs more than the one it began with.")
    gap = "not known" if slowest.bound is None else f"{slowest.cost - slowest.bound}"
    note = (
        f"{slowest.stays} stays, slowest of {len(found)}; cost {slowest.cost}, {slowest.cost_first} by the rule"
        f" of thumb, {slowest.cost_now} as it was; gap to the proven best {gap}"
    )
    return Row(
        f"rooms of a day's arrivals, {ROOMS} rooms",
        "s",
        round(slowest.seconds, 2),
        TARGET_DAY_S,
        note=note,
        details={"plans": msgspec.to_builtins(found)},
    )


def _fortnight(found: _Proposal) -> Row:
    note = (
        f"{found.stays} stays; cost {found.cost} by {found.cost_first} of the rule of thumb, {found.cost_now} as it was"
    )
    return Row(
        f"rooms of 14 days' arrivals, {ROOMS} rooms",
        "s",
        round(found.seconds, 2),
        TARGET_FORTNIGHT_S,
        note=note,
        details=msgspec.to_builtins(found),
    )


def _summer(figures: list[Figures]) -> list[Row]:
    rows = [
        Row(
            f"summer of the real hotel, {each.rule}: single free nights",
            "nights",
            each.gaps,
            note=(
                f"{each.stays} stays, {each.refused} refused, {each.moves} moves,"
                f" wishes {100 * each.wishes / each.wished:.0f} %"
            ),
            details=msgspec.to_builtins(each),
        )
        for each in figures
    ]
    mornings = figures[-1].mornings
    slowest = max(mornings, key=lambda each: each.seconds)
    proven = sum(each.proven for each in mornings)
    gap = sum(each.ours - each.bound for each in mornings if each.bound is not None)
    rows.append(
        Row(
            "slowest morning of it, pure",
            "s",
            slowest.seconds,
            TARGET_DAY_S,
            note=(
                f"{slowest.arrivals} arrivals; {proven} of {len(mornings)} mornings proven best, the others {gap} above"
                f" what is proven; all cost {sum(each.ours for each in mornings):,}"
                f" by {sum(each.greedy for each in mornings):,} of the rule of thumb"
            ),
        )
    )
    return rows


def _wish(bench: Bench) -> None:
    """Give rooms features and stays wishes, as the API would one by one."""
    omd_id, business_id, _ = bring_in(bench.home)
    bench.home.sql(
        f"""
        begin;
        set local session_replication_role = replica;
        update individual_rooms set features = array_remove(array[
            case when id % 3 = 0 then 'balcony' end, case when id % 4 = 0 then 'quiet' end,
            case when id % 5 = 0 then 'bath' end], null)
        where omd_id = {omd_id} and business_id = {business_id};
        insert into room_wishes (omd_id, business_id, reservation_id, position, kind, value, importance)
        select omd_id, business_id, id, 0, 'feature', (array['balcony', 'quiet', 'bath'])[1 + ascii(code) % 3],
               1 + ascii(code) % 3
        from reservations where omd_id = {omd_id} and business_id = {business_id} and ascii(code) % 2 = 0;
        update reservations set room_locked = false where omd_id = {omd_id} and business_id = {business_id};
        commit;
        analyze room_wishes;
        """  # noqa: S608 - numbers of ours
    )
