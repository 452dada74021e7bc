"""A room planner as a screen keeps it: fetched whole once, then kept up by differences."""

from datetime import date
from typing import Any, NamedTuple

import msgspec

from omd.features.frontdesk import Planner


class Bar(NamedTuple):
    """One run of nights, its offsets and codes read as what they stand for."""

    code: str
    name: str
    room: int | None
    type: int
    first: date
    nights: int
    status: str
    action: str
    flags: int
    lock: str | None


class Drawing:
    """What a planner shows, without its version."""

    def __init__(self, whole: Planner) -> None:
        assert whole.complete
        assert whole.changes is None
        self.version = whole.version
        self.days = (whole.starts_on, whole.days)
        self.business_date = whole.business_date
        self.types = whole.types
        self.rooms = whole.rooms
        self.bars = set(bars_of(whole))
        self.day_uses = {(each.code, each) for each in whole.day_uses}
        self.intervals = intervals_of(whole)
        self.hold_backs = hold_backs_of(whole)
        self.counters = counters_of(whole)

    def put_over(self, difference: Planner) -> None:
        """Put a difference over what is shown, as the documentation of the API says."""
        assert not difference.complete
        assert difference.changes is not None
        assert (difference.starts_on, difference.days) == self.days
        changed = difference.changes
        self.bars = {each for each in self.bars if each.code not in changed.codes} | set(bars_of(difference))
        unchanged = {each for each in self.day_uses if each[0] not in changed.codes}
        self.day_uses = unchanged | {(each.code, each) for each in difference.day_uses}
        kept = {key: value for key, value in self.intervals.items() if value[0] not in changed.rooms}
        self.intervals = kept | intervals_of(difference)
        held = {key: value for key, value in self.hold_backs.items() if value[0] not in changed.rooms}
        self.hold_backs = held | hold_backs_of(difference)
        self.counters |= counters_of(difference)
        self.version = difference.version

    @property
    def shown(self) -> dict[str, Any]:
        """Return everything that is shown."""
        return {name: value for name, value in vars(self).items() if name != "version"}


def read_planner(body: bytes) -> Planner:
    """Return a planner as it came; a field that the documentation does not name is an error."""
    return msgspec.json.decode(body, type=Planner)


def bars_of(planner: Planner) -> list[Bar]:
    """Return the bars; every column has as many entries as there are bars."""
    columns, width = planner.bars, planner.bars.code_length
    rows = zip(
        [columns.codes[at : at + width].rstrip() for at in range(0, len(columns.codes), width or 1)],
        columns.name,
        columns.room,
        columns.type,
        columns.start,
        columns.nights,
        columns.status,
        columns.action,
        columns.flags,
        strict=True,
    )
    return [
        Bar(
            code,
            name,
            room,
            room_type,
            date.fromordinal(planner.starts_on.toordinal() + start),
            nights,
            planner.statuses[status],
            planner.actions[action],
            flags,
            columns.locks.get(code),
        )
        for code, name, room, room_type, start, nights, status, action, flags in rows
    ]


def intervals_of(planner: Planner) -> dict[int, tuple[int, int, int, int]]:
    """Return room, kind, start and nights of each interval, by its id."""
    columns = planner.maintenance
    rows = zip(columns.id, columns.room, columns.kind, columns.start, columns.nights, strict=True)
    return {identifier: (room, kind, start, nights) for identifier, room, kind, start, nights in rows}


def hold_backs_of(planner: Planner) -> dict[int, tuple[int, int, int]]:
    """Return room, start and nights of each hold-back of a certain room, by its id."""
    columns = planner.hold_backs
    rows = zip(columns.id, columns.room, columns.start, columns.nights, strict=True)
    return {identifier: (room, start, nights) for identifier, room, start, nights in rows}


def counters_of(planner: Planner) -> dict[tuple[int, int], tuple[int | None, ...]]:
    """Return physical, out of order, held, sold and sellable of each type, by its id and the offset of the night."""
    return {
        (each.type, each.start + at): night
        for each in planner.counters
        for at, night in enumerate(
            zip(each.physical, each.out_of_order, each.held, each.sold, each.sellable, strict=True)
        )
    }
