"""What a room holds, what a stay wants, and the plan that makes room for it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

import msgspec

from omd.kernel.dates import StayDates


class Occupancy(msgspec.Struct, frozen=True):
    """One contiguous run of nights that one room is taken.

    `stay_id` is the reservation, or None for an interval in which the room itself is away (out of order,
    out of inventory). `dates` are the whole run, never cut at the edge of a window. `fixed` says that the
    run may not change its room: the guest is in house, the room is locked or promised.
    """

    room_id: int
    stay_id: UUID | None
    dates: StayDates
    fixed: bool


class Move(msgspec.Struct, frozen=True):
    """One stay that changes its room, with all its nights."""

    stay_id: UUID
    from_room: int
    to_room: int
    dates: StayDates


class RepackPlan(msgspec.Struct, frozen=True, tag="plan"):
    """The room for the wanted stay, and the moves that make it free.

    The batches are in an order that is safe to apply. The moves of one batch exchange rooms in a ring and
    must be applied together (release all, then claim all); a batch of one is an ordinary move.
    """

    room_id: int
    batches: tuple[tuple[Move, ...], ...]

    @property
    def moves(self) -> tuple[Move, ...]:
        """Every move once, in a safe order but for the rings inside a batch."""
        return tuple(move for batch in self.batches for move in batch)


class Infeasible(msgspec.Struct, frozen=True, tag="infeasible"):
    """It is proved that no exchange of rooms lets the wanted stay in."""


class TimedOut(msgspec.Struct, frozen=True, tag="timed_out"):
    """The search ended at its limit with neither a plan nor a proof."""


class Segment(msgspec.Struct, frozen=True):
    """The part of a split stay that is spent in one room."""

    room_id: int
    dates: StayDates


def movable_flags(occupancies: Sequence[Occupancy], not_before: date) -> list[bool]:
    """Say of each occupancy whether it may change its room.

    It may when it is a whole stay, not fixed, that starts on `not_before` or later. The pieces of a stay
    split over several rooms stay where they are: the guest was told of each.
    """
    pieces = Counter(occupancy.stay_id for occupancy in occupancies if occupancy.stay_id is not None)
    return [
        not occupancy.fixed
        and occupancy.stay_id is not None
        and pieces[occupancy.stay_id] == 1
        and occupancy.dates.arrival >= not_before
        for occupancy in occupancies
    ]


def check_stay(rooms: Sequence[int], wanted: StayDates, start_room: int | None) -> None:
    """Raise `ValueError` when the stay holds no night or its room is not one of the rooms."""
    if wanted.nights < 1:
        raise ValueError(f"The wanted stay {wanted.arrival} to {wanted.departure} holds no night.")
    if start_room is not None and start_room not in rooms:
        raise ValueError(f"Room {start_room} is not one of the rooms given.")


def ordered_plan(room_id: int, moves: Iterable[Move]) -> RepackPlan:
    """Return the plan with its moves in an order in which each finds its nights free.

    A move must wait for every move that leaves its target room on a shared night. Moves that wait for
    each other in a ring become one batch: Tarjan's strongly connected components (1972), which come out
    with the awaited component first.
    """
    listed = sorted(moves, key=lambda move: (move.dates, move.from_room, move.to_room))
    awaited = [
        [
            number
            for number, other in enumerate(listed)
            if other.from_room == move.to_room and other.dates.overlaps(move.dates)
        ]
        for move in listed
    ]
    batches = tuple(tuple(listed[number] for number in ring) for ring in _components(awaited))
    return RepackPlan(room_id, batches)


def _components(awaited: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the strongly connected components of the graph, each after those it awaits.

    Iterative, because a plan may hold more moves than the interpreter allows nested calls.
    """
    found: dict[int, int] = {}
    lowest: dict[int, int] = {}
    done: set[int] = set()
    open_nodes: list[int] = []
    components: list[list[int]] = []
    for root in range(len(awaited)):
        if root in found:
            continue
        path = [(root, iter(awaited[root]))]
        while path:
            node, rest = path[-1]
            if node not in found:
                found[node] = lowest[node] = len(found)
                open_nodes.append(node)
            for after in rest:
                if after not in found:
                    path.append((after, iter(awaited[after])))
                    break
                if after not in done:
                    lowest[node] = min(lowest[node], lowest[after])
            else:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
                if lowest[node] == found[node]:
                    cut = open_nodes.index(node)
                    components.append(sorted(open_nodes[cut:]))
                    done.update(open_nodes[cut:])
                    del open_nodes[cut:]
    return components
