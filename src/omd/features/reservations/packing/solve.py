"""Ask the exact solver, in a process of its own, whether any exchange of rooms lets a stay in.

The solver's library costs about 80 MB of memory and more than a second to import, for a question that is
asked only when `repack` finds nothing. A short-lived child keeps that out of every worker.
"""

import subprocess
import sys
from collections.abc import Sequence
from datetime import date

import msgspec

from omd.features.reservations.packing.calendar import RoomCalendar
from omd.features.reservations.packing.model import (
    Infeasible,
    Occupancy,
    RepackPlan,
    TimedOut,
    check_stay,
)
from omd.kernel.dates import StayDates

Answer = RepackPlan | Infeasible | TimedOut
ANSWERS: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)

START_ALLOWANCE_S = 30.0
"""Seconds of wall clock the child may take beyond its search, to start on a busy machine."""


class Question(msgspec.Struct, frozen=True):
    """Everything the child needs, as it travels to it."""

    rooms: tuple[int, ...]
    occupancies: tuple[Occupancy, ...]
    wanted: StayDates
    start_room: int | None
    not_before: date
    time_limit_s: float


class ExactSearchError(RuntimeError):
    """The child process ended without an answer; the message carries what it said."""


def solve_exactly(
    rooms: Sequence[int],
    occupancies: Sequence[Occupancy],
    wanted: StayDates,
    *,
    start_room: int | None = None,
    not_before: date,
    time_limit_s: float = 2.0,
) -> Answer:
    """Return the plan with the fewest moves, a proof that there is none, or word that time ran out.

    The arguments are those of `repack`. The limit is CP-SAT's deterministic time, near to seconds of one
    core and the same on every machine; twice as much wall clock ends the search in any case. Blocks until
    the child answers: call it in a thread from asynchronous code.

    Raises `ValueError` for input that `repack` refuses too, `ExactSearchError` when the child breaks.
    """
    check_stay(rooms, wanted, start_room)
    calendar = RoomCalendar(rooms, occupancies, not_before)
    if calendar.has_full_night(wanted.arrival.toordinal(), wanted.departure.toordinal()):
        return Infeasible()
    question = Question(tuple(rooms), tuple(occupancies), wanted, start_room, not_before, time_limit_s)
    try:
        child = subprocess.run(
            [sys.executable, "-m", "omd.features.reservations.packing.exact"],
            input=msgspec.json.encode(question),
            capture_output=True,
            timeout=2 * time_limit_s + START_ALLOWANCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return TimedOut()
    if child.returncode != 0:
        said = child.stderr.decode(errors="replace").strip()
        raise ExactSearchError(f"The exact room search ended with code {child.returncode}: {said}")
    return ANSWERS.decode(child.stdout)
