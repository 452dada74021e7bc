"""omd check: prove on the live database that its facts agree with each other."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from omd.db import Database
from omd.features.availability import Verdict, check_supply
from omd.features.folios import check_books
from omd.features.housekeeping import check_rooms
from omd.features.identity import list_omds, system_actor
from omd.features.maintenance import check_tickets
from omd.features.nightaudit import check_audits
from omd.features.reservations import check_demand
from omd.infra.command_line import CommandContext, ReportProgress, command_context, progress_bar, refusals_as_exit

ROWS_SHOWN = 5


class OmdVerdict(msgspec.Struct, frozen=True):
    """What was found in one OMD."""

    omd: str
    verdicts: tuple[Verdict, ...]


class CheckReport(msgspec.Struct, frozen=True):
    """What was found in the whole database; `clean` says that nothing is at odds."""

    clean: bool
    omds: tuple[OmdVerdict, ...]


def check(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Prove that supply, demand, counters, bills, closed dates, rooms and tickets agree; exit code 1 if they do not."""
    context = command_context(ctx)
    with refusals_as_exit():
        report = context.run(_look(context))
    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
    else:
        _print_report(report)
    if not report.clean:
        raise typer.Exit(1)


async def _look(context: CommandContext) -> CheckReport:
    with progress_bar("Checking destinations") as progress:
        async with context.maintenance_database() as db:
            return await check_everything(db, context, progress)


async def check_everything(db: Database, context: CommandContext, progress: ReportProgress) -> CheckReport:
    """Check every invariant in every OMD; `db` acts in the role omd_maintenance."""
    async with db.reading(None) as tx:
        omds = await list_omds(tx)
    checked: list[OmdVerdict] = []
    for omd in omds:
        progress(len(checked), len(omds))
        actor = await system_actor(db, omd.id, label="check")
        async with db.reading(actor) as tx:
            supply = await check_supply(tx, omd.id, at_most=ROWS_SHOWN)
            demand = await check_demand(tx, omd.id, now=context.clock.now(), at_most=ROWS_SHOWN)
            books = await check_books(tx, omd.id, at_most=ROWS_SHOWN)
            audits = await check_audits(tx, omd.id, at_most=ROWS_SHOWN)
            rooms = await check_rooms(tx, omd.id, at_most=ROWS_SHOWN)
            tickets = await check_tickets(tx, omd.id, at_most=ROWS_SHOWN)
        checked.append(OmdVerdict(omd.code, (*supply, *demand, *books, *audits, *rooms, *tickets)))
    progress(len(checked), len(omds))
    clean = not any(verdict.breaches for each in checked for verdict in each.verdicts)
    return CheckReport(clean, tuple(checked))


def _print_report(report: CheckReport) -> None:
    console = Console()
    breaches: dict[str, int] = {}
    for omd in report.omds:
        for verdict in omd.verdicts:
            breaches[verdict.invariant] = breaches.get(verdict.invariant, 0) + verdict.breaches
    if breaches:
        table = Table("invariant", "breaches")
        for invariant, count in breaches.items():
            table.add_row(invariant, str(count), style="bold red" if count else None)
        console.print(table)
    for omd in report.omds:
        for verdict in omd.verdicts:
            if verdict.breaches:
                _print_breaches(console, omd.omd, verdict)
    outcome = "nothing is at odds" if report.clean else "these rows are at odds; do not repair them by hand"
    console.print(f"{len(report.omds)} destinations checked: {outcome}.", highlight=False)


def _print_breaches(console: Console, omd: str, verdict: Verdict) -> None:
    console.print(f"\n{omd}: {verdict.invariant}, {verdict.breaches} breaches", style="bold", highlight=False)
    console.print(verdict.sentence, markup=False, highlight=False)
    for breach in verdict.first:
        where = f"hotel {breach.business_id}" + (f", {breach.date}" if breach.date else "")
        console.print(f"  {where}: {breach.said}", markup=False, highlight=False, soft_wrap=True)
