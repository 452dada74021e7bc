"""omd night-audit: close the business date of a hotel, and show what closing it did."""

from datetime import date
from typing import Annotated

import msgspec
import typer

from omd.features.inventory import get_business
from omd.features.nightaudit import Hotel, NightAuditShown, list_audits, run_night_audit, show_audit
from omd.features.reservations.cli.hotel import Place, staff_of
from omd.infra.command_line import command_context, harmless, print_table, refusals_as_exit
from omd.kernel.errors import NotFound

night_audit_app = typer.Typer(
    no_args_is_help=True, help="Close the business date of a hotel, and show what closing it did."
)
Day = Annotated[
    date | None,
    typer.Option("--date", parser=date.fromisoformat, metavar="YYYY-MM-DD", help="Another business date."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@night_audit_app.command()
def run(ctx: typer.Context, place: Place, as_json: AsJson = False) -> None:
    """Close the date the hotel works on, or go on with an audit that failed or whose process died."""
    context = command_context(ctx)

    async def work() -> NightAuditShown:
        actor, found = await staff_of(context, place)
        hotel = Hotel(found.omd_id, found.id)
        async with context.app_database() as db:
            async with db.reading(actor) as tx:
                now = await get_business(tx, found.omd_id, found.id)
            if now is None:
                raise NotFound(f"There is no hotel {place}.")
            today = now.date_now(context.clock)
            await run_night_audit(db, actor, found.id, today, context.clock)
            async with db.reading(actor) as tx:
                return await show_audit(tx, hotel, today)

    with refusals_as_exit():
        _print(context.run(work()), as_json=as_json)


@night_audit_app.command()
def show(ctx: typer.Context, place: Place, on: Day = None, as_json: AsJson = False) -> None:
    """Show the audit of a business date, the newest unless one is named."""
    context = command_context(ctx)

    async def work() -> NightAuditShown:
        actor, found = await staff_of(context, place)
        hotel = Hotel(found.omd_id, found.id)
        async with context.app_database() as db, db.reading(actor) as tx:
            newest = await list_audits(tx, hotel, date.max, 1)
            if on is None and not newest:
                raise NotFound(f"{place} has no night audit yet.")
            return await show_audit(tx, hotel, on or newest[0].business_date)

    with refusals_as_exit():
        _print(context.run(work()), as_json=as_json)


def _print(shown: NightAuditShown, *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(shown).decode())
        return
    audit = shown.audit
    ended = f", {audit.error}" if audit.error else ""
    typer.echo(
        f"{audit.business_date}: {audit.status}{ended}, attempt {audit.attempts} by {harmless(audit.started_by)}"
    )
    print_table(
        ("step", "began", "ended", "what"),
        [
            (
                each.step,
                each.started_at.isoformat(timespec="seconds"),
                "" if each.finished_at is None else each.finished_at.isoformat(timespec="seconds"),
                ", ".join(f"{count} {name}" for name, count in each.counts.items()),
            )
            for each in shown.steps
        ],
    )
    for decision in shown.decisions:
        refused = f" ({decision.refused})" if decision.refused else ""
        typer.echo(f"decide: {decision.stay.code}, who was to leave on {decision.stay.departure}{refused}")
