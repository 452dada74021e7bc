"""omd replay: a real hotel's bookings through the engine."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, cast

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from omd.features.reservations.replay import build_schedule, peaks, read_replay_file
from omd.features.reservations.replay.house import build_house
from omd.features.reservations.replay.play import ReplaySummary, play, rooms_needed, span
from omd.infra.command_line import CommandContext, command_context, progress_bar, refusals_as_exit

Only = Literal["check-out"]


def replay(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file in the hotel-booking-demand format, plain or .gz.")],
    peak: Annotated[
        bool, typer.Option("--peak", help="Give each type exactly the peak of the stays that are replayed as rooms.")
    ] = False,
    only: Annotated[str | None, typer.Option(help="Replay only the stays that ended so: check-out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")] = False,
) -> None:
    """Replay a real hotel's bookings, cancellations, arrivals and departures in a hotel of its own.

    Without --peak the hotel has as many rooms of each type as its checked-out stays ever took at once.
    """
    if only not in (None, "check-out"):
        raise typer.BadParameter("the only choice is check-out", param_hint="--only")
    context = command_context(ctx)
    with refusals_as_exit():
        summary = context.run(_replay(context, file, peak=peak, only=cast("Only | None", only)))
    if as_json:
        typer.echo(msgspec.json.encode(summary).decode())
    else:
        _print_summary(summary)


async def _replay(context: CommandContext, file: Path, *, peak: bool, only: Only | None) -> ReplaySummary:
    rows = read_replay_file(file)
    schedule = build_schedule(rows, only="check_out" if only else None)
    replayed = [action.row for action in schedule.actions if action.kind == "book"]
    measured = replayed if peak else [row for row in replayed if row.status == "check_out"]
    rooms = rooms_needed(replayed, peaks(measured))
    first, last = span(replayed)
    code = f"replay-{datetime.strftime(context.clock.now(), '%Y%m%d-%H%M%S')}"
    with progress_bar("Replaying") as progress:
        async with context.maintenance_database() as maintenance, context.app_database() as app:
            house = await build_house(maintenance, replayed, rooms, code=code, first=first, last=last)
            return await play(app, maintenance, house, schedule, progress=progress)


def _print_summary(summary: ReplaySummary) -> None:
    console = Console()
    table = Table(title=f"Replayed into the destination {summary.omd}", show_header=False)
    why = ", ".join(f"{code} {count:,}" for code, count in summary.refused_why.items())
    for words, value in (
        ("Rooms", f"{sum(summary.rooms.values()):,} ({', '.join(f'{c} {n}' for c, n in summary.rooms.items())})"),
        ("Bookings accepted", f"{summary.accepted:,}"),
        ("Bookings refused", f"{summary.refused:,}{f' ({why})' if why else ''}"),
        ("No single room free, saved by re-packing", f"{summary.refused_by_first_fit:,}"),
        ("Stays moved for that", f"{summary.repacked:,} (at most {summary.most_moves} at once)"),
        ("Cancelled / no-show", f"{summary.cancelled:,} / {summary.no_shows:,}"),
        ("Checked in / out", f"{summary.checked_in:,} / {summary.checked_out:,}"),
        ("Day use, not replayed", f"{summary.day_use:,}"),
        ("Left out by choice", f"{summary.left_out:,}"),
        ("Nights sold", f"{summary.nights_sold:,}"),
    ):
        table.add_row(words, value)
    console.print(table)
    months = Table("Month", "Nights sold", "Occupancy")
    for month in summary.months:
        months.add_row(month.month, f"{month.nights_sold:,}", f"{month.occupancy:.1%}")
    console.print(months)
