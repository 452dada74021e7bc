"""omd import: inventory comes in, and its nights are opened."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from omd.features.availability.horizon import DAYS_AHEAD, HorizonOpened, earliest_today, open_ahead
from omd.features.inventory import ImportSummary, InventoryFile, import_inventory, read_inventory_file
from omd.infra.command_line import CommandContext, command_context, progress_bar, refusals_as_exit

import_app = typer.Typer(no_args_is_help=True, help="Take files over into the database.")


@import_app.callback()
def import_() -> None:
    """Take files over into the database."""


@import_app.command("inventory")
def import_inventory_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV or JSON file of inventory.", show_default=False)],
) -> None:
    """Take over destinations, hotels, room types and rooms from FILE, all of it or nothing, and open their dates."""
    context = command_context(ctx)
    with refusals_as_exit():
        described = read_inventory_file(file)
        summary, opened = context.run(_import(context, described))
    _print_summary(summary)
    if summary.changed_nothing:
        typer.echo("Everything in the file was there already; nothing was changed.")
    for code, horizon in opened.items():
        if horizon.quarters:
            typer.echo(f"{code}: opened {horizon.room_nights:,} room-nights in {len(horizon.quarters)} quarters.")


async def _import(context: CommandContext, described: InventoryFile) -> tuple[ImportSummary, dict[str, HorizonOpened]]:
    opened: dict[str, HorizonOpened] = {}
    async with context.maintenance_database() as db:
        with progress_bar("Importing rooms") as progress:
            summary = await import_inventory(db, described, today=context.clock, progress=progress)
        for omd in summary.imported:
            with progress_bar(f"Opening the dates of {omd.code}") as progress:
                opened[omd.code] = await open_ahead(
                    db, omd.id, today=earliest_today(context.clock), days=DAYS_AHEAD + 2, progress=progress
                )
    for omd in summary.imported:
        placed = await context.settle_stays(omd.id)
        if placed:
            typer.echo(f"{omd.code}: {placed} stays that waited for a room got one.")
    return summary, opened


def _print_summary(summary: ImportSummary) -> None:
    table = Table("", "added", "changed", "unchanged", "retired")
    for kind, counts in (
        ("destinations", summary.omds),
        ("hotels", summary.hotels),
        ("room types", summary.room_types),
        ("rooms", summary.rooms),
    ):
        table.add_row(kind, str(counts.added), str(counts.changed), str(counts.unchanged), str(counts.retired))
    Console().print(table)
