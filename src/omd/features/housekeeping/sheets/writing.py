"""Sheets as a table and on paper."""

from collections.abc import Sequence
from datetime import datetime

from omd.features.housekeeping.sheets.model import Sheets, SheetTask, StayOnSheet
from omd.features.papers import Speech
from omd.infra.csv_table import csv_table
from omd.infra.paper import MARGIN, WIDTH, Column, Sheet, draw_table

_COLUMNS = (
    *("date", "attendant", "position", "room", "floor", "room_type", "kind", "status", "credits", "rush"),
    *("leaving", "staying", "arriving", "arriving_at", "notes"),
)
_TICK = "\N{BALLOT BOX}"
_GAP = 3.0


def as_csv(sheets: Sheets) -> bytes:
    """Return the tasks of a date as CSV, a line a task, those of nobody at the end."""
    lines = [(sheet.name, task) for sheet in sheets.sheets for task in sheet.tasks]
    lines += [("", task) for task in sheets.unassigned]
    return csv_table(_COLUMNS, [_cells(sheets, name, task) for name, task in lines])


def print_sheets(hotel: str, sheets: Sheets, attendant_id: int | None, now: datetime, speech: Speech) -> bytes:
    """Return the sheets of a date, or one of them, as a document, each on pages of its own."""
    words = speech.texts.sheets
    on = speech.on(sheets.on)
    sheet = Sheet(
        title=f"{words.title} {on}",
        language=speech.language,
        made_at=now,
        foot=lambda page, pages: f"{hotel} · {on} · {speech.texts.page.format(page=page, pages=pages)}",
    )
    parts = [
        (each.name, each.tasks) for each in sheets.sheets if attendant_id in (None, each.attendant_id) and each.tasks
    ]
    if attendant_id is None and sheets.unassigned:
        parts.append((words.nobody, sheets.unassigned))
    for number, (name, tasks) in enumerate(parts):
        if number:
            sheet.turn_page()
        _draw(sheet, hotel, f"{on} · {name}", tasks, speech)
    if not parts:
        sheet.put(MARGIN, MARGIN, WIDTH, f"{hotel} · {on}: {words.nothing}", size=10)
    return sheet.finished()


def _draw(sheet: Sheet, hotel: str, title: str, tasks: Sequence[SheetTask], speech: Speech) -> None:
    words = speech.texts.sheets
    y = sheet.put(MARGIN, MARGIN, WIDTH, hotel, size=9)
    y = sheet.put(MARGIN, y + 1, WIDTH, title, size=16, bold=True)
    total = words.total.format(tasks=len(tasks), credits=sum(task.credits for task in tasks))
    y = sheet.put(MARGIN, y, WIDTH, total, size=10) + _GAP
    columns = (
        Column("", 8, "C"),
        Column(words.room, 16),
        Column(words.room_type, 16),
        Column(words.kind, 30),
        Column(words.credits, 15, "R"),
        Column(words.guests, 52),
        Column(words.notes, 45),
    )
    draw_table(sheet, y, columns, [_row(task, speech) for task in tasks])


def _row(task: SheetTask, speech: Speech) -> Sequence[str]:
    words = speech.texts.sheets
    kind = words.kinds[task.kind]
    return (
        _TICK,
        task.room_number,
        task.room_type_code,
        f"{words.rush}: {kind}" if task.rush else kind,
        str(task.credits),
        "\n".join(_said(stay, speech) for stay in task.stays),
        task.notes or "",
    )


def _said(stay: StayOnSheet, speech: Speech) -> str:
    words = speech.texts.sheets
    part = words.parts_done[stay.part] if stay.is_done else words.parts[stay.part]
    said = f"{part}: {stay.persons}"
    if stay.at is not None:
        said += f", {stay.at}"
    return f"{said} ({words.until.format(date=speech.on(stay.until))})" if stay.part in ("stays", "arrives") else said


def _cells(sheets: Sheets, name: str, task: SheetTask) -> Sequence[object]:
    def persons(*parts: str) -> int | None:
        here = [stay.persons for stay in task.stays if stay.part in parts]
        return sum(here) if here else None

    due = task.due
    return (
        *(sheets.on, name, task.position, task.room_number, task.floor, task.room_type_code, task.kind, task.status),
        *(task.credits, task.rush, persons("leaves"), persons("stays"), persons("arrives", "by_day")),
        *("" if due is None else due.isoformat("minutes"), task.notes),
    )
