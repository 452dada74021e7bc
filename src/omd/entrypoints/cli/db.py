"""omd db: migrate, roll back and inspect the schema of the database."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from omd.db.migrator import Migrator, Run, SchemaStatus, Step, Timeouts
from omd.entrypoints.databases import owner_database
from omd.entrypoints.settings import load_settings
from omd.kernel.errors import OmdError

db_app = typer.Typer(no_args_is_help=True, help="Migrate, roll back and inspect the schema of the database.")

_DEFAULT = Timeouts()

DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the SQL that would run and change nothing.")]
TurnTimeout = Annotated[
    float, typer.Option("--wait", min=0.001, help="Seconds to wait for another migration that is at work.")
]
LockTimeout = Annotated[float, typer.Option(min=0.001, help="Seconds a statement waits for a lock on a table.")]
StatementTimeout = Annotated[float, typer.Option(min=0.001, help="Seconds one statement may take.")]


@contextmanager
def _migrator(timeouts: Timeouts = _DEFAULT) -> Iterator[Migrator]:
    """Yield a migrator of the configured database; print a refusal as a sentence and end with code 1."""
    try:
        with owner_database(load_settings()) as dsn:
            yield Migrator(dsn, timeouts=timeouts)
    except OmdError as error:
        errors = Console(stderr=True)
        errors.print(f"{error.title} ({error.code}).", style="bold red", markup=False)
        errors.print(error.detail, markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


def _show_progress(step: Step) -> None:
    Console(stderr=True).print(step.title, markup=False, highlight=False)


def _report(run: Run, done: str) -> None:
    if not run.executed:
        # Plain print of the text: it is meant for a file or for psql, without a terminal's wrapping.
        typer.echo(run.sql or "-- Nothing to do.")
        return
    typer.echo(f"{done}: {len(run.migrations)} migrations, {len(run.objects)} objects files.")


@db_app.command()
def migrate(
    to: Annotated[int | None, typer.Option(min=1, help="Stop at this version (default: the newest).")] = None,
    dry_run: DryRun = False,
    wait: TurnTimeout = _DEFAULT.turn,
    lock_timeout: LockTimeout = _DEFAULT.lock,
    statement_timeout: StatementTimeout = _DEFAULT.statement,
) -> None:
    """Apply every pending migration, then the functions, triggers, views, policies and grants."""
    with _migrator(Timeouts(turn=wait, lock=lock_timeout, statement=statement_timeout)) as migrator:
        run = asyncio.run(migrator.migrate(to, dry_run=dry_run, progress=_show_progress))
    _report(run, "Applied")


@db_app.command()
def rollback(
    steps: Annotated[int | None, typer.Option(min=1, help="How many migrations to undo.")] = None,
    to: Annotated[int | None, typer.Option(min=0, help="Version to go back to; 0 is the empty database.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: DryRun = False,
    wait: TurnTimeout = _DEFAULT.turn,
    lock_timeout: LockTimeout = _DEFAULT.lock,
    statement_timeout: StatementTimeout = _DEFAULT.statement,
) -> None:
    """Undo the newest migrations. What the dropped tables and columns hold is lost."""
    with _migrator(Timeouts(turn=wait, lock=lock_timeout, statement=statement_timeout)) as migrator:
        planned = asyncio.run(migrator.rollback(steps=steps, to=to, dry_run=True))
        if dry_run or not planned.migrations:
            typer.echo(planned.sql or "-- Nothing to do.")
            return
        typer.echo(f"This runs {', '.join(planned.migrations)}.")
        if not yes:
            typer.confirm("The rows in what these files drop are lost. Go on?", abort=True)
        run = asyncio.run(migrator.rollback(steps=steps, to=to, progress=_show_progress))
    _report(run, "Undone")


@db_app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what is applied, pending or changed; exit code 1 unless the database is up to date."""
    with _migrator() as migrator:
        found = asyncio.run(migrator.status())
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        _print_status(found)
    if not found.up_to_date:
        raise typer.Exit(1)


def _print_status(found: SchemaStatus) -> None:
    table = Table("file", "state", "applied at (UTC)", "by", "took")
    for migration in found.migrations:
        took = "" if migration.duration_seconds is None else f"{migration.duration_seconds:.3f} s"
        at = f"{migration.applied_at:%Y-%m-%d %H:%M:%S}" if migration.applied_at else ""
        name = f"{migration.version:04}_{migration.slug}"
        table.add_row(name, migration.state, at, migration.applied_by or "", took)
    table.add_section()
    for item in found.objects:
        at = f"{item.applied_at:%Y-%m-%d %H:%M:%S}" if item.applied_at else ""
        table.add_row(f"objects/{item.file}", item.state, at)
    console = Console()
    console.print(table)
    verdict = "up to date" if found.up_to_date else "not up to date: run omd db migrate"
    console.print(f"The database is at version {found.version} of {found.newest}, {verdict}.", highlight=False)
