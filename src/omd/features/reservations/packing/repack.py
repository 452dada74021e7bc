"""Make room for a stay by exchanging what two rooms hold, with few moves."""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import and_

from omd.features.reservations.packing.calendar import RoomCalendar
from omd.features.reservations.packing.model import Occupancy, RepackPlan, check_stay
from omd.kernel.dates import StayDates

EXCHANGES_TO_DIVE = 2_000
"""Exchanges weighed to find a first plan, once the first dive has failed on something fixed."""

EXCHANGES_BY_LENGTH = 8_000
"""Exchanges weighed in the search for a plan of one move, of two, and so on: about 30 ms of work."""

EXCHANGES_BY_BOUND = 4_000
"""Exchanges weighed to better the plan of the first dive, when the search by length found none."""


def repack(
    rooms: Sequence[int],
    occupancies: Sequence[Occupancy],
    wanted: StayDates,
    *,
    start_room: int | None = None,
    not_before: date,
) -> RepackPlan | None:
    """Return a plan with few moves that frees one room for every wanted night, or None.

    `rooms` are all the rooms of the type, the preferred first; `occupancies` is every run that ends after
    the wanted arrival and after `not_before`, up to the horizon. Only stays that start on `not_before`
    (the day after the hotel's running night) or later are moved. With `start_room` the stay must be in
    that room: so an in-house stay is extended, `wanted` being the added nights.

    The rule: at the first taken night m of the room, some other room is free on m. The run taken in the
    room starts on m, and the other room is free on it, so no run of either crosses m. The two exchange
    what they hold from m to the next date that no run of either crosses, and the room is free on m too.
    So the first taken night only ever goes forward, and the search ends.

    It always finds a plan when the room is free on the first night (or is the in-house stay's own), every
    wanted night has a room free, and no run that starts on `not_before` or later is fixed: then every
    exchange is allowed, because all it holds starts on m or later, and an exchange leaves the number of
    rooms free on each night as it was. Otherwise None proves nothing but a night without a free room;
    `solve_exactly` decides. The same input gives the same plan.

    Raises `ValueError` when a room is taken twice on a night or is not one of the rooms.
    """
    check_stay(rooms, wanted, start_room)
    return _Search(RoomCalendar(rooms, occupancies, not_before), rooms, wanted).run(start_room)


class _Search:
    """Depth first with a bound: the least number of moves that a branch can still end with."""

    def __init__(self, calendar: RoomCalendar, rooms: Sequence[int], wanted: StayDates) -> None:
        self.calendar = calendar
        self.rooms = rooms
        self.start = wanted.arrival.toordinal()
        self.end = wanted.departure.toordinal()
        self.most = len(calendar.occupancies) + 1
        self.best: RepackPlan | None = None
        self.weighed = 0
        self.allowed = EXCHANGES_TO_DIVE
        self.diving = True
        self.in_the_way = {room: calendar.in_between(room, self.start, self.end) for room in rooms}
        self.taken = {room: self._nights(room) for room in rooms}
        self.touched: list[int] = []
        self.free: dict[int, list[int]] = {}

    def _nights(self, room: int) -> int:
        """Return the taken nights of the wanted stay as bits, the first night lowest."""
        nights = 0
        for since, until, _ in self.in_the_way[room]:
            low, high = max(since, self.start) - self.start, min(until, self.end) - self.start
            nights |= (1 << high) - (1 << low)
        return nights

    def run(self, start_room: int | None) -> RepackPlan | None:
        """Search from each room that can be the stay's own, the one with the fewest runs first."""
        if reduce(and_, self.taken.values(), (1 << (self.end - self.start)) - 1):
            return None
        movable = self.calendar.movable
        own = (start_room,) if start_room is not None else self.rooms
        candidates = sorted(
            (room for room in own if all(movable[number] for _, _, number in self.in_the_way[room])),
            key=lambda room: (len(self.in_the_way[room]), self.calendar.rank[room]),
        )
        # The rooms of the proof first: the first dive gives a plan, whose size then bounds the search
        # through all rooms, those too whose guest of the first night would have to go elsewhere.
        for room in candidates:
            if not self.taken[room] & 1:
                self._descend(room, self.start)
                if self.best is not None or self._spent():
                    break
        self.diving = False
        self._deepen(candidates)
        return self.best

    def _deepen(self, candidates: Sequence[int]) -> None:
        """Ask for a plan of one move, then of two, and so on: most are short, and short dives are cheap.

        When that spends its share, the rest goes into bettering the plan known from the first dive.
        """
        known, self.allowed = self.most, self.weighed + EXCHANGES_BY_LENGTH
        for ceiling in range(known):
            self.most = ceiling + 1
            self._try_each(candidates)
            if self.most <= ceiling:
                return
            if self._spent():
                break
        self.most, self.allowed = known, self.weighed + EXCHANGES_BY_BOUND
        self._try_each(candidates)

    def _try_each(self, candidates: Sequence[int]) -> None:
        for room in candidates:
            if len(self.in_the_way[room]) >= self.most or self._spent():
                return
            self._descend(room, self.start)

    def _spent(self) -> bool:
        return self.weighed >= self.allowed

    def _descend(self, room: int, since: int) -> None:
        calendar = self.calendar
        taken = calendar.in_between(room, since, self.end)
        if not taken:
            if len(calendar.moved) < self.most:
                self.most = len(calendar.moved)
                self.best = calendar.plan(room)
            return
        night = max(taken[0][0], self.start)
        if self._least(room, night, taken) >= self.most:
            return
        options = []
        for other in self._free_on(night):
            if other != room:
                self.weighed += 1
                # An exchange as large as the best plan could only help if a later one undid a part of it.
                option = calendar.exchange(room, other, taken[0], self.most)
                if option is not None:
                    options.append(option)
        options.sort()
        if options and options[0].size == 1 and not self.diving:
            # The run alone leaves, into a gap. Which gap is all one to the nights still to come, since
            # no later exchange reaches back; and no larger exchange takes the run away for less.
            del options[1:]
        # The first option is always followed, whatever was spent: the dive of the proof must end.
        for number, option in enumerate(options):
            if number and (self._spent() or (self.diving and self.best is not None)):
                return
            self.weighed += 1
            calendar.swap(room, option.other, option.start, option.end)
            self.touched.append(option.other)
            self._descend(room, night + 1)
            self.touched.pop()
            calendar.swap(room, option.other, option.start, option.end)

    def _least(self, room: int, night: int, taken: Sequence[tuple[int, int, int]]) -> int:
        """Return how many moves are certain: those behind the night, and the runs that must still leave."""
        occupancies = self.calendar.occupancies
        behind = sum(1 for n in self.calendar.moved if occupancies[n].dates.arrival.toordinal() < night)
        return behind + sum(1 for since, _, n in taken if since >= night and occupancies[n].room_id == room)

    def _free_on(self, night: int) -> list[int]:
        """Return the rooms free on the night now; only rooms that exchanged may differ from the start."""
        if night not in self.free:
            bit = night - self.start
            self.free[night] = [room for room in self.rooms if not self.taken[room] >> bit & 1]
        changed = set(self.touched)
        if not changed:
            return self.free[night]
        unchanged = [room for room in self.free[night] if room not in changed]
        return unchanged + [other for other in sorted(changed) if not self.calendar.in_between(other, night, night + 1)]
