"""Bare SQL beside the API: the same transaction by pgbench, on the same server, in the same run."""

import re
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bench.dataset import Dataset
from bench.home import Home
from bench.model import BenchFailed, Latency, percentiles
from omd.db import Statement

BASELINES = Path(__file__).parent / "baselines"
_REAPED_SECONDS = 0.5
"""After so long the server has collected the processes of the connections just closed, and their processor time."""

_PLACE = re.compile(r"\{(\w+)\}")
_NUMBERED = re.compile(r"\$(\d+)")


class BareRun(msgspec.Struct, frozen=True):
    """What pgbench gave; `transactions` counts those of the warm-up too."""

    latency: Latency
    transactions: int
    postgres_cpu_ms: float


class Script(msgspec.Struct, frozen=True):
    """A file of `baselines`, with the product's own statements put where it says `{name}`.

    `arguments` gives, by statement and parameter, the expression that stands for the parameter in pgbench.
    """

    file_name: str
    statements: tuple[Statement, ...]
    arguments: Mapping[str, str]

    def text(self) -> str:
        """Return the script for pgbench."""
        by_name = {statement.name: self._statement(statement) for statement in self.statements}
        text = (BASELINES / self.file_name).read_text(encoding="utf-8")
        return _PLACE.sub(lambda match: by_name[match[1]] if match[1] in by_name else match[0], text)

    def _statement(self, statement: Statement) -> str:
        return _NUMBERED.sub(
            lambda match: self.arguments[statement.parameters[int(match[1]) - 1]],
            statement.text,
        )


def run_pgbench(
    home: Home,
    data: Dataset,
    script: Script,
    *,
    clients: int,
    seconds: float,
    warm_up: float,
    rate: float | None = None,
) -> BareRun:
    """Run a script as the role omd_app by prepared statements; with `rate` at random moments, as the open loop does.

    With `rate` the latency counts from the moment a transaction was due.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, script.file_name)
        path.write_text(script.text(), encoding="utf-8")
        prefix = Path(folder, "log")
        arguments = ["--no-vacuum", "--protocol=prepared", "--jobs=1", f"--client={clients}"]
        arguments += [f"--time={max(1, round(seconds + warm_up))}", f"--file={path}", "--log", f"--log-prefix={prefix}"]
        arguments += [f"--define={name}={value}" for name, value in data.pgbench_variables().items()]
        arguments += [] if rate is None else [f"--rate={rate:.3f}"]
        before = home.cpu_seconds(None).postgres
        said = home.postgres.run_program("pgbench", *arguments, user="omd_app")
        time.sleep(_REAPED_SECONDS)
        cpu = home.cpu_seconds(None).postgres - before
        lines = [line for log in Path(folder).glob("log.*") for line in log.read_text(encoding="ascii").splitlines()]
    failed = re.search(r"number of failed transactions: (\d+)", said)
    if failed is None or int(failed[1]) or "aborted" in said:
        raise BenchFailed(f"pgbench {script.file_name}: {said}")
    return _read_log(lines, warm_up, cpu)


def _read_log(lines: list[str], warm_up: float, cpu_seconds: float) -> BareRun:
    """Read pgbench's log: client, number, microseconds, script, and when the transaction ended (s, us)."""
    ended_and_took = []
    for line in lines:
        _, _, micros, _, epoch, fraction, *_ = line.split()
        ended_and_took.append((int(epoch) + int(fraction) / 1e6, int(micros) / 1000))
    if not ended_and_took:
        raise BenchFailed("pgbench ran no transaction.")
    # Connecting is not measured: the clock begins with the first transaction.
    begin = min(ended - took / 1000 for ended, took in ended_and_took) + warm_up
    end = max(ended for ended, _ in ended_and_took)
    latency = percentiles([took for ended, took in ended_and_took if ended >= begin], max(end - begin, 0.001))
    return BareRun(latency, len(lines), round(cpu_seconds * 1000 / len(lines), 3))
