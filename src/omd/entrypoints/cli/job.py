"""omd job: what the worker has to do, what it gave up, and what to do about that."""

from typing import Annotated

import msgspec
import typer

from omd.db import Database
from omd.entrypoints.schedules import schedules_of
from omd.features.identity import system_scope
from omd.features.inventory import list_nights, set_night_hour
from omd.features.reservations.cli.hotel import Place, staff_of
from omd.infra.command_line import command_context, harmless, print_table, refusals_as_exit
from omd.infra.jobs import (
    Figures,
    Job,
    JobKindUnknown,
    JobQueue,
    JobShown,
    Schedule,
    State,
    discard_job,
    find_figures,
    list_jobs,
    put_now,
    retry_job,
    show_job,
)

job_app = typer.Typer(no_args_is_help=True, help="Show what the worker has to do, and deal with what it gave up.")

MOST_SHOWN = 200
LABEL = "cli"

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ids = Annotated[list[int], typer.Argument(help="Numbers of jobs, as `omd job list` shows them.", show_default=False)]


class JobsShown(msgspec.Struct, frozen=True):
    """How the queue stands, and the jobs that changed last."""

    figures: Figures
    jobs: list[Job]


@job_app.command("list")
def list_(
    ctx: typer.Context,
    state: Annotated[State | None, typer.Option(help="Only those that stand so.")] = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = MOST_SHOWN,
    as_json: AsJson = False,
) -> None:
    """List the jobs that are not done, those that changed last first. Dead ones wait for `retry` or `discard`."""
    context = command_context(ctx)

    async def work() -> JobsShown:
        async with context.relay_database() as db, db.reading(None) as tx:
            return JobsShown(await find_figures(tx), await list_jobs(tx, state=state, most=most))

    with refusals_as_exit():
        shown = context.run(work())
    if as_json:
        typer.echo(msgspec.json.encode(shown).decode())
        return
    rows = [
        (
            *(str(job.id), job.kind, job.key or "", job.state, str(job.attempts)),
            *(f"{job.due_at:%Y-%m-%d %H:%M:%S}", job.last_error or ""),
        )
        for job in shown.jobs
    ]
    if rows:
        print_table(("job", "kind", "name", "state", "attempts", "due at (UTC)", "why it failed last"), rows)
    figures = shown.figures
    typer.echo(
        f"{figures.due} due, {figures.running} running, {figures.waiting} for later, {figures.dead} dead; "
        f"the oldest due job has waited {figures.oldest_due_seconds:,.0f} seconds."
    )


@job_app.command()
def show(
    ctx: typer.Context,
    job_id: Annotated[int, typer.Argument(help="Number of a job.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Show what became of a job, step by step; of one that is done for a month."""
    context = command_context(ctx)

    async def work() -> JobShown:
        async with context.relay_database() as db, db.reading(None) as tx:
            return await show_job(tx, job_id)

    with refusals_as_exit():
        shown = context.run(work())
    if as_json:
        typer.echo(msgspec.json.encode(shown).decode())
        return
    if shown.job is not None:
        job = shown.job
        typer.echo(f"Job {job.id}, {job.kind} {harmless(job.key or '')}: {job.state}, attempts: {job.attempts}.")
    print_table(
        ("at (UTC)", "step", "why"), [(f"{s.at:%Y-%m-%d %H:%M:%S}", s.step, s.error or "") for s in shown.steps]
    )


@job_app.command()
def retry(ctx: typer.Context, job_ids: Ids) -> None:
    """Have dead jobs attempted again, from their first attempt on: all of those named, or none."""
    _change(ctx, job_ids, discard=False)
    typer.echo(f"{len(job_ids)} jobs are due again.")


@job_app.command()
def discard(ctx: typer.Context, job_ids: Ids) -> None:
    """Forget jobs for good, dead or not begun: all of those named, or none. Their names stay used."""
    _change(ctx, job_ids, discard=True)
    typer.echo(f"{len(job_ids)} jobs are forgotten.")


def _change(ctx: typer.Context, job_ids: list[int], *, discard: bool) -> None:
    context = command_context(ctx)

    async def work() -> None:
        async with context.relay_database() as db, db.transaction(None) as tx:
            for job_id in job_ids:
                await (discard_job if discard else retry_job)(tx, job_id)

    with refusals_as_exit():
        context.run(work())


@job_app.command()
def run(
    ctx: typer.Context,
    kind: Annotated[
        str, typer.Argument(help="A kind that is due every day, such as roll_horizon.", show_default=False)
    ],
) -> None:
    """Have work of every day done now, everywhere, whether or not it was done today."""
    context = command_context(ctx)

    async def work() -> int:
        async with context.maintenance_database() as maintenance, context.relay_database() as relay:
            schedule = _schedule(maintenance, kind)
            queue = JobQueue(relay, keyring=None, clock=context.clock)
            return await put_now(queue, schedule, now=context.clock.now())

    with refusals_as_exit():
        put = context.run(work())
    typer.echo(f"{put} jobs are due now; a running worker does them, `omd job list` shows how they stand.")


def _schedule(maintenance: Database, kind: str) -> Schedule:
    schedules = {each.kind.name: each for each in schedules_of(maintenance)}
    if kind not in schedules:
        raise JobKindUnknown(f"Nothing called {kind} is due every day. These are: {', '.join(sorted(schedules))}.")
    return schedules[kind]


@job_app.command()
def hour(
    ctx: typer.Context,
    place: Place,
    new_hour: Annotated[
        int | None, typer.Argument(min=0, max=23, metavar="[HOUR]", help="0 to 23, by the hotel's own clock.")
    ] = None,
) -> None:
    """Tell, or set, at which hour of its own clock a hotel's work of the night is due."""
    context = command_context(ctx)

    async def work() -> tuple[int, str]:
        _, hotel = await staff_of(context, place)
        async with context.maintenance_database() as db:
            if new_hour is not None:
                async with db.transaction(system_scope(hotel.omd_id, LABEL)) as tx:
                    await set_night_hour(tx, hotel.omd_id, hotel.id, new_hour)
            async with db.reading(system_scope(hotel.omd_id, LABEL)) as tx:
                nights = await list_nights(tx, hotel.omd_id)
        return next(each.night_hour for each in nights if each.business_id == hotel.id), hotel.time_zone

    with refusals_as_exit():
        found, zone = context.run(work())
    typer.echo(f"The work of the night of {place} is due at {found:02}:00, {zone}.")
