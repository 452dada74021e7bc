"""What every scenario is handed, and the two measurements they are made of."""

from collections.abc import Callable

import msgspec
import uvloop

from bench.dataset import Dataset
from bench.home import Api, Home
from bench.http_client import NextRequest, Run, closed_loop, open_loop
from bench.model import BenchFailed
from bench.pgbench import BareRun, Script, run_pgbench
from bench.traffic import CpuPerRequest, Traffic

OPEN_LOOP_CONNECTIONS = 64

Say = Callable[[str], None]
"""Tells whoever waits what is measured now."""


class Measured(msgspec.Struct, frozen=True):
    """A run of the API and what its requests cost in processor time."""

    run: Run
    cpu: CpuPerRequest


class Bench(msgspec.Struct, frozen=True):
    """The servers, the data, and how long to measure."""

    home: Home
    data: Dataset
    api: Api
    seconds: float
    warm_up: float
    say: Say

    def traffic(self, seed: str) -> Traffic:
        """Return a stream of requests."""
        address = self.api.address
        return Traffic(self.data, f"{address.host}:{address.port}", seed)

    def closed_loop(self, next_request: NextRequest, *, connections: int, expected: set[int]) -> Measured:
        """Measure the API with `connections` requests under way all the time."""

        def work() -> Run:
            return uvloop.run(
                closed_loop(
                    self.api.address,
                    next_request,
                    connections=connections,
                    seconds=self.seconds,
                    warm_up=self.warm_up,
                )
            )

        return self._measured(work, expected)

    def open_loop(self, next_request: NextRequest, *, rate: float, seconds: float, expected: set[int]) -> Measured:
        """Measure the API at `rate` requests a second."""

        def work() -> Run:
            return uvloop.run(
                open_loop(
                    self.api.address,
                    next_request,
                    rate=rate,
                    connections=OPEN_LOOP_CONNECTIONS,
                    seconds=seconds,
                    warm_up=self.warm_up,
                )
            )

        return self._measured(work, expected)

    def bare(self, script: Script, *, clients: int, rate: float | None = None, seconds: float | None = None) -> BareRun:
        """Measure bare SQL."""
        return run_pgbench(
            self.home,
            self.data,
            script,
            clients=clients,
            seconds=self.seconds if seconds is None else seconds,
            warm_up=self.warm_up,
            rate=rate,
        )

    def _measured(self, work: Callable[[], Run], expected: set[int]) -> Measured:
        before = self.home.cpu_seconds(self.api)
        run = work()
        after = self.home.cpu_seconds(self.api)
        surprises = {status: count for status, count in run.statuses.items() if status not in expected}
        if surprises:
            raise BenchFailed(f"Unexpected answers, by status: {surprises}. The first: {run.refusals}")
        answered = sum(run.statuses.values())
        client = after.client - before.client
        return Measured(
            run,
            CpuPerRequest(
                client_ms=round(client * 1000 / answered, 3),
                api_ms=round((after.api - before.api) * 1000 / answered, 3),
                postgres_ms=round((after.postgres - before.postgres) * 1000 / answered, 3),
                client_share_of_a_core=round(client / (run.seconds + self.warm_up), 2),
            ),
        )


BenchOn = Callable[[Api], Bench]
"""Returns the bench of a server that a scenario started itself."""
