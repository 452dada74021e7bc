"""Sheets of housekeeping: the tasks of a full house shared out among twelve, in the time that the API gives it."""

import random
import time
from datetime import time as hour
from uuid import UUID

from bench.model import BenchFailed, Row
from bench.session import Bench
from omd.features.housekeeping.sheets.balancer import LIMIT_S, WALL_S
from omd.features.housekeeping.sheets.balancing.model import Attendant, Found, Job, Question
from omd.features.housekeeping.sheets.balancing.search import balance

ROOMS = 222
ATTENDANTS = 12
A_FLOOR = 28
DAYS = 5
TARGET_S = 10.0


def run(bench: Bench) -> list[Row]:
    """Share out the tasks of some days, drawn, and say how far from the best that can be they may be."""
    bench.say(f"Sharing out {ROOMS} rooms among {ATTENDANTS}")
    found = [_share_out(day) for day in range(DAYS)]
    if any(each.score > each.first for _, each in found):
        raise BenchFailed("Sheets are worse than those of the rule of thumb.")
    slowest, _ = max(found, key=lambda each: each[0])
    spread = max(each.score.spread - each.least_spread for _, each in found)
    floors = max(each.score.floors - each.least_floors for _, each in found)
    worst = max((each for _, each in found), key=lambda each: each.score.floors)
    note = (
        f"{DAYS} days; spread at most {spread} credits above the least there can be, floors at most {floors} above;"
        f" at worst {worst.score.floors} floors on {ATTENDANTS} sheets, {worst.first.floors} by the rule of thumb"
    )
    return [
        Row(
            f"sheets of {ROOMS} rooms for {ATTENDANTS}",
            "s",
            round(slowest, 2),
            TARGET_S,
            note=note,
            details={"days": [{"seconds": seconds, **_told(each)} for seconds, each in found]},
        )
    ]


def _share_out(day: int) -> tuple[float, Found]:
    question = _day(random.Random(day))
    began = time.perf_counter()
    found = balance(question, limit_s=LIMIT_S, wall_s=WALL_S)
    return time.perf_counter() - began, found


def _day(chance: random.Random) -> Question:
    """Draw a day: a third of the guests leave, some rooms have an hour, most who stay were served the day before."""
    jobs = []
    for number in range(ROOMS):
        floor = 1 + number // A_FLOOR
        leaves = chance.random() < 0.35
        jobs.append(
            Job(
                UUID(int=number),
                f"{floor}{number % A_FLOOR:02}",
                (30 if leaves else chance.choice((15, 15, 20))) + (10 if number % 7 == 0 else 0),
                floor=floor,
                due=hour(14) if leaves and chance.random() < 0.2 else None,
                rush=leaves and chance.random() < 0.05,
                before=None if leaves or chance.random() < 0.2 else number * ATTENDANTS // ROOMS,
            )
        )
    return Question(tuple(jobs), tuple(Attendant(place) for place in range(ATTENDANTS)))


def _told(found: Found) -> dict[str, object]:
    return {
        "score": found.score._asdict(),
        "first": found.first._asdict(),
        "least_spread": found.least_spread,
        "least_floors": found.least_floors,
        "proven": found.proven,
    }
