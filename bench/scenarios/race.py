"""64 clients want the last room of a type at once: one gets it, 63 are told so."""

import time
from collections import Counter

import msgspec
import uvloop

from bench.consistency import consistency_row
from bench.dataset import KINDS
from bench.http_client import at_once
from bench.model import BenchFailed, Row
from bench.session import Bench
from bench.traffic import DAYS_AHEAD, LONGEST_BOOKING

CLIENTS = 64
ROUNDS = 1000
FIRST_DAY = DAYS_AHEAD + LONGEST_BOOKING + 1
SCARCE = len(KINDS) - 1


class _Problem(msgspec.Struct, frozen=True):
    """The part of a problem document that a program reads."""

    code: str


def run(bench: Bench) -> list[Row]:
    """Sell all rooms but one of a type for each round's night, let the clients race, and recount."""
    nights = [(at % bench.data.hotels, FIRST_DAY + at // bench.data.hotels) for at in range(ROUNDS)]
    _sell_all_but_one(bench, nights)
    traffic = bench.traffic("race")
    requests = [traffic.booking_of(hotel, SCARCE, ahead, 1) for hotel, ahead in nights]
    began = time.perf_counter()
    rounds = uvloop.run(at_once(bench.api.address, requests, connections=CLIENTS))
    took = time.perf_counter() - began
    wins, surprises = Counter[int](), Counter[str]()
    for answers in rounds:
        wins[sum(status == 201 for status, _ in answers)] += 1
        surprises.update(_surprise(status, body) for status, body in answers)
    del surprises[""]
    name = f"{CLIENTS} clients, the last room, {ROUNDS:,} rounds"
    details: dict[str, object] = {
        "rounds_by_winners": {str(winners): count for winners, count in wins.items()},
        "surprises": dict(surprises),
        "seconds": round(took, 1),
        "requests_per_second": round(ROUNDS * CLIENTS / took),
    }
    return [
        Row(
            f"{name}: rounds with exactly one winner",
            "rounds",
            float(wins[1]),
            float(ROUNDS),
            "higher",
            details=details,
        ),
        Row(f"{name}: answers but 201 and 409 sold_out", "answers", float(surprises.total()), 0.0),
        consistency_row(bench.home, "the race"),
    ]


def _surprise(status: int, body: bytes) -> str:
    """Return what is wrong with an answer, or nothing."""
    if status == 201:
        return ""
    code = msgspec.json.decode(body, type=_Problem).code if status == 409 else ""
    return "" if code == "sold_out" else f"{status} {code}"


def _sell_all_but_one(bench: Bench, nights: list[tuple[int, int]]) -> None:
    by_omd: dict[int, list[tuple[int, int]]] = {}
    for hotel, ahead in nights:
        by_omd.setdefault(bench.data.omd_of(hotel), []).append((hotel, ahead))
    sold = sum(int(_sell(bench, omd_id, each).splitlines()[-1]) for omd_id, each in by_omd.items())
    wanted = len(nights) * (KINDS[SCARCE].rooms - 1)
    if sold != wanted:
        raise BenchFailed(f"The race needs {wanted} rooms sold beforehand; {sold} were.")


def _sell(bench: Bench, omd_id: int, nights: list[tuple[int, int]]) -> str:
    data = bench.data
    hotels = ",".join(str(data.business_of(hotel)) for hotel in sorted({hotel for hotel, _ in nights}))
    rows = ", ".join(
        f"({data.business_of(hotel)}, {data.type_of(hotel, SCARCE)}, date '{data.start}' + {ahead})"
        for hotel, ahead in nights
    )
    # All that is put in are numbers and a date of ours.
    return bench.home.sql(
        f"""
        begin;
        set local role omd_app;
        select set_config('omd.omd_id', '{omd_id}', true), set_config('omd.scope', 'system', true),
               set_config('omd.business_ids', '{{{hotels}}}', true),
               set_config('omd.staff_business_ids', '{{{hotels}}}', true),
               set_config('omd.reader_business_ids', '{{{hotels}}}', true) \\g /dev/null
        select count(*) filter (where b.outcome = 'booked')
        from (values {rows}) as r (business_id, room_type_id, night)
        cross join generate_series(1, {KINDS[SCARCE].rooms - 1}) n
        cross join lateral book_reservation({omd_id}, r.business_id, r.room_type_id, r.night, r.night + 1, 2, 0,
            '[{{"is_primary": true, "last_name": "Stan"}}]', null, null, null, null,
            'R' || r.business_id || '-' || (r.night - current_date) || '-' || n, null, false, null, 'bench', now()) b;
        commit;
        """  # noqa: S608
    )
