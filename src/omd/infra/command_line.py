"""What commands of the `omd` program are handed, and how they show progress and refusals."""

import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, Protocol, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from omd.db import Database
from omd.kernel.clock import Clock
from omd.kernel.errors import OmdError
from omd.kernel.ids import OmdId
from omd.kernel.table_files import FileRefused, problem_lines

Result = TypeVar("Result")

ReportProgress = Callable[[int, int], None]
"""Told how much is done, of how much in all; called as often as is convenient."""

BAR_AFTER_SECONDS = 2.0
MAX_PROBLEMS_SHOWN = 200


class CommandContext(Protocol):
    """What the program puts into typer's context (`ctx.obj`) for the commands of the features.

    The entrypoint implements it. Nothing is connected or started before a method is called, so that `--help`
    and a malformed option cost nothing.
    """

    @property
    def clock(self) -> Clock:
        """The clock every command reads the time from."""
        ...

    def maintenance_database(self) -> AbstractAsyncContextManager[Database]:
        """Yield an open database of role `omd_maintenance` with every feature's constraint errors; close it at the end.

        The schema is at its newest version, or entering raises an `OmdError` that says what to run.
        """
        ...

    def app_database(self) -> AbstractAsyncContextManager[Database]:
        """Yield an open database of role `omd_app`, as requests have it; otherwise as `maintenance_database`."""
        ...

    def relay_database(self) -> AbstractAsyncContextManager[Database]:
        """Yield an open database of role `omd_relay`, as the worker has it; otherwise as `maintenance_database`."""
        ...

    async def settle_stays(self, omd_id: OmdId) -> int:
        """Let the features above take notice that rooms came or went: waiting stays get rooms. Return how many did."""
        ...

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run the coroutine to its end on an event loop of its own and return its result.

        Errors, `OmdError` among them, are let through: commands stand in `refusals_as_exit()`.
        """
        ...


def command_context(ctx: typer.Context) -> CommandContext:
    """Return what the program put into typer's context for its commands."""
    context: CommandContext = ctx.obj
    return context


@contextmanager
def refusals_as_exit() -> Iterator[None]:
    """Print a refusal to standard error, every problem of it on a line of its own, and end with exit code 1."""
    try:
        yield
    except OmdError as error:
        print_refusal(error, Console(stderr=True))
        raise typer.Exit(1) from error


def print_refusal(error: OmdError, console: Console) -> None:
    """Print what was refused and why, with every problem of the fields or of the file."""
    console.print(f"{error.title} ({error.code}).", style="bold red", markup=False, highlight=False, soft_wrap=True)
    console.print(error.detail, markup=False, highlight=False, soft_wrap=True)
    lines = [f"{problem.pointer}: {problem.detail}" for problem in error.problems]
    if isinstance(error, FileRefused):
        lines.extend(problem_lines(error.file_problems, limit=MAX_PROBLEMS_SHOWN))
    for line in lines:
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def harmless(text: str) -> str:
    """Return a text that other people wrote, with what a terminal would obey replaced."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def print_table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table whose cells other people may have written: taken for text, never for markup or commands."""
    table = Table(*headings)
    for row in rows:
        table.add_row(*(Text(harmless(cell)) for cell in row))
    Console().print(table)


@contextmanager
def progress_bar(description: str, *, after_seconds: float = BAR_AFTER_SECONDS) -> Iterator[ReportProgress]:
    """Yield a function to report progress to; a bar appears on a terminal once the work has taken `after_seconds`."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console, disable=not console.is_terminal)
    task = progress.add_task(description, total=None)
    # A timer of its own: the bar appears in time even while one long step reports nothing.
    timer = threading.Timer(after_seconds, progress.start)
    timer.daemon = True
    timer.start()

    def report(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total)

    try:
        yield report
    finally:
        timer.cancel()
        timer.join()
        progress.stop()
