"""The one command: `python -m bench [SCENARIO]...`."""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from bench import report
from bench.dataset import empty_of_stays, is_loaded, load, read_dataset, settle
from bench.home import NEVER_REFUSED, Api, Home, opened_home, remove_home
from bench.machine import machine_facts
from bench.model import BenchFailed, Outcome, Results, Row
from bench.scaling import compare
from bench.scenarios import (
    access,
    assignment,
    audit,
    availability,
    booking,
    cache,
    cost,
    desk,
    fairness,
    live,
    memory,
    offers,
    race,
    replay,
    rls,
    search,
    sheets,
    statuses,
)
from bench.scenarios import load as loading
from bench.session import Bench, BenchOn
from omd.entrypoints.settings import load_settings
from omd.kernel.errors import OmdError

SERVED: dict[str, Callable[[Bench], list[Row]]] = {
    "availability": availability.run,
    "search": search.run,
    "cache": cache.run,
    "offers": offers.run,
    "booking": booking.run,
    "race": race.run,
    "memory": memory.run,
    "access": access.run,
    "rls": rls.run,
    "desk": desk.run,
    "audit": audit.run,
    "assignment": assignment.run,
    "sheets": sheets.run,
}
ON_THEIR_OWN: dict[str, Callable[[Home, BenchOn], list[Row]]] = {
    "live": live.run,
    "statuses": statuses.run,
    "fairness": fairness.run,
    "cost": cost.run,
}
"""Those that start the API with settings of their own: a second one beside it would take its share of the cores."""

SCENARIOS = ("load", *SERVED, *ON_THEIR_OWN, "replay")
FULL_SECONDS = 5.0


class Options(msgspec.Struct, frozen=True):
    """What was asked for on the command line."""

    scenarios: tuple[str, ...]
    scale: int
    seconds: float
    warm_up: float
    fresh: bool
    folder: Path
    bookings: Path | None


class Runner:
    """Runs the scenarios of one command and keeps what they gave."""

    def __init__(self, options: Options, console: Console) -> None:
        self._options = options
        self._console = console
        self.outcomes: dict[str, Outcome] = {}
        self.machine: dict[str, object] = {}

    def run(self) -> None:
        """Run everything that was asked for."""
        options = self._options
        if options.fresh:
            remove_home(options.folder / f"scale-{options.scale}")
        if options.scale > 1:
            self.machine, self.outcomes["scaling"] = compare(
                options.folder, options.scale, seconds=options.seconds, warm_up=options.warm_up, say=self.say
            )
            return
        if set(options.scenarios) - {"replay"}:
            with opened_home(options.folder / "scale-1") as home:
                self.machine = machine_facts(home)
                self._on_servers(home)
        if "replay" in options.scenarios:
            self._replay()

    def say(self, sentence: str) -> None:
        """Tell whoever waits what goes on."""
        self._console.print(sentence, highlight=False, soft_wrap=True)

    def _on_servers(self, home: Home) -> None:
        wanted = self._options.scenarios
        if "load" in wanted:
            self._one("load", lambda: loading.run(home, 1))
        elif is_loaded(home, 1):
            empty_of_stays(home)
            settle(home)
        else:
            self.say("Loading 20,000 rooms")
            load(home, 1)
        served = {name: scenario for name, scenario in SERVED.items() if name in wanted}
        alone = {name: scenario for name, scenario in ON_THEIR_OWN.items() if name in wanted}
        if not (served or alone):
            return
        rls.mend(home)
        data = read_dataset(home, 1)
        options = self._options

        def bench_on(api: Api) -> Bench:
            return Bench(home=home, data=data, api=api, seconds=options.seconds, warm_up=options.warm_up, say=self.say)

        self.say(f"Rate limits are on: OMD_RATE_LIMITS={NEVER_REFUSED} (fairness sets its own)")
        if served:
            with home.serving() as api:
                for name, scenario in served.items():
                    self._one(name, partial(scenario, bench_on(api)))
        for name, starting in alone.items():
            self._one(name, partial(starting, home, bench_on))

    def _replay(self) -> None:
        file = replay.find_file(self._options.bookings)
        if file is None or not replay.is_there():
            self.say("replay: left out; give the file of the real hotel by --bookings, and a release with `omd replay`")
            return
        self._one("replay", lambda: replay.run(self._options.folder / "replay", file))

    def _one(self, name: str, scenario: Callable[[], list[Row]]) -> None:
        busy, began = os.getloadavg()[0], time.perf_counter()
        self.say(f"{name} ...")
        rows = scenario()
        self.outcomes[name] = Outcome(tuple(rows), round(time.perf_counter() - began, 1), round(busy, 2))
        for cells in report.table_cells(rows):
            self.say("  " + "  ".join(cell for cell in cells if cell))


def main(
    scenarios: Annotated[list[str] | None, typer.Argument(help=f"Any of: {' '.join(SCENARIOS)}. Default: all.")] = None,
    scale: Annotated[int, typer.Option(min=1, max=20, envvar="SCALE", help="10 compares with ten times the data.")] = 1,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="How long each run is measured.")] = FULL_SECONDS,
    warm_up: Annotated[float, typer.Option(min=0, max=60, help="Seconds before the clock starts.")] = 2.0,
    fresh: Annotated[bool, typer.Option(help="Begin with a new database server.")] = False,
    home: Annotated[
        Path | None, typer.Option(envvar="BENCH_HOME", help="Where the data is kept; default: OMD_HOME/bench.")
    ] = None,
    bookings: Annotated[
        Path | None, typer.Option(envvar="BENCH_BOOKINGS", help="The hotel-booking-demand file to replay.")
    ] = None,
) -> None:
    """Measure the product beside bare SQL on a server of its own, keep the results, and print them."""
    unknown = set(scenarios or ()) - set(SCENARIOS)
    if unknown:
        raise typer.BadParameter(
            f"no scenario is called {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}"
        )
    console = Console()
    folder = (home or load_settings().home / "bench").absolute()
    chosen = tuple(name for name in SCENARIOS if not scenarios or name in scenarios)
    runner = Runner(Options(chosen, scale, seconds, warm_up, fresh, folder, bookings), console)
    try:
        runner.run()
    except (BenchFailed, OmdError) as error:
        console.print(f"The measurement was stopped. {error}", style="bold red", markup=False, highlight=False)
        sys.exit(1)
    commit = report.commit_name()
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    results = Results(commit, finished, scale, seconds, runner.machine, runner.outcomes)
    report.print_table(results, console)
    runner.say(f"Kept in {report.keep(results)}")
    if not scenarios and seconds >= FULL_SECONDS:
        report.write_page(report.read_results(commit, (1, 10)))
        runner.say(f"Written into {report.PAGE}")


def _leave(number: int, _frame: object) -> None:
    """Leave in order, as after a Ctrl-C: everything that was started is stopped on the way out."""
    sys.exit(128 + number)


if __name__ == "__main__":
    for stop in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, _leave)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
