"""omd upkeep: the daily work, of which a scheduler, or the server itself, makes sure."""

from typing import Annotated

import msgspec
import typer

from omd.entrypoints.settings import load_settings
from omd.features.assignment import purge_plans
from omd.features.availability.horizon import KEEP_DAYS
from omd.features.availability.upkeep import UpkeepDone, run_upkeep
from omd.features.maintenance import purge_all_photos
from omd.features.reservations import RetentionDone, place_all_waiting, run_retention
from omd.features.reservations.bookings.upkeep import purge_offers
from omd.infra.command_line import command_context, progress_bar, refusals_as_exit
from omd.infra.webhooks import purge_webhooks


def upkeep(
    ctx: typer.Context,
    keep_days: Annotated[int, typer.Option(min=1, help="Days of the past to keep in service.")] = KEEP_DAYS,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count what is older than it is kept; change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Open the dates ahead, archive old ones, give rooms to who waits, forget what is too old. For a scheduler."""
    context = command_context(ctx)

    async def work() -> tuple[UpkeepDone | None, int, RetentionDone]:
        async with context.maintenance_database() as db:
            if dry_run:
                return None, 0, await run_retention(db, context.clock, dry_run=True)
            with progress_bar("Rolling horizons") as progress:
                done = await run_upkeep(db, context.clock, keep_days=keep_days, progress=progress)
            await purge_offers(db, now=context.clock.now())
            await purge_plans(db, now=context.clock.now())
            await purge_all_photos(db, now=context.clock.now())
            await purge_webhooks(db, now=context.clock.now(), dead_kept=load_settings().dead_kept)
            async with context.app_database() as app:
                placed = await place_all_waiting(db, app, now=context.clock.now())
            return done, placed, await run_retention(db, context.clock)

    with refusals_as_exit():
        done, placed, retention = context.run(work())
    if as_json:
        typer.echo(
            msgspec.json.encode({"upkeep": done, "placed": placed, "retention": retention, "dry_run": dry_run}).decode()
        )
        return
    if done is not None:
        _print_upkeep(done)
        typer.echo(f"{placed} stays that waited for a room got one.")
    _print_retention(retention, "would be " if dry_run else "")


def _print_upkeep(done: UpkeepDone) -> None:
    for omd in done.omds:
        if omd.quarters_opened or omd.partitions_detached:
            typer.echo(
                f"{omd.code}: opened {omd.quarters_opened} quarters with {omd.room_nights_opened:,} room-nights,"
                f" archived {omd.partitions_detached} partitions."
            )
    standing = sum(1 for omd in done.omds if not omd.quarters_opened and not omd.partitions_detached)
    typer.echo(
        f"{standing} destinations needed nothing. {done.answers_purged} old answers and {done.tokens_purged} expired"
        " tokens were thrown away."
    )


def _print_retention(done: RetentionDone, would: str) -> None:
    months = ", ".join(done.audit_months) or "no month"
    typer.echo(
        f"The documents of {done.guests.documents} guests and all that names {done.guests.contacts} others"
        f" {would}erased, and {done.guests.profiles} guest profiles,"
        f" {done.guests.waiting_list} who waited; of the audit, {months} {would}taken away."
    )
