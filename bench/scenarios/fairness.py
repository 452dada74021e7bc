"""Whether a destination that asks ten times as often as it may makes another one wait."""

import asyncio
from statistics import median

import msgspec
import uvloop

from bench.home import Home
from bench.http_client import Run, open_loop
from bench.model import BenchFailed, Row
from bench.session import Bench, BenchOn

LIMIT_PER_SECOND = 50
QUIET_PER_SECOND = 100.0
"""What the other destination asks: its limit is far above."""

TIMES = 10
TARGET_RATIO = 1.2
ROUNDS = 5
LONGER = 2
"""Times the length of other runs: at 100 requests a second few are among the slowest hundredth."""

CONNECTIONS = 32
QUIET, NOISY = 0, 1


class Turn(msgspec.Struct, frozen=True):
    """One run of the quiet destination, and of the noisy one beside it, if there was one."""

    quiet: Run
    noisy: Run | None


def run(home: Home, bench_on: BenchOn) -> list[Row]:
    """Measure the quiet destination alone, beside the noisy one at its limit, and beside it at ten times that."""
    try:
        # Its limit is the table's; everybody else has the platform's, which this load never reaches.
        with home.serving() as api:
            bench = bench_on(api)
            _limit(bench, bench.data.omd_of(NOISY * (bench.data.hotels // bench.data.omds)))
            rates: dict[str, float | None] = {
                "alone": None,
                "limit": float(LIMIT_PER_SECOND),
                "times": float(LIMIT_PER_SECOND * TIMES),
            }
            turns: dict[str, list[Turn]] = {name: [] for name in rates}
            for _ in range(ROUNDS):
                for name, rate in rates.items():
                    turns[name].append(_turn(bench, rate))
    finally:
        home.sql("delete from rate_limits where set_by = 'bench'")
    return _rows(turns)


def _limit(bench: Bench, omd_id: int) -> None:
    # A window of one second, so that hardly anything is saved up before the clock starts.
    bench.home.sql(
        f"""
        delete from rate_limits where set_by = 'bench';
        insert into rate_limits (omd_id, business_id, route_class, counted, requests, seconds, set_at, set_by)
        values ({omd_id}, null, 'search', 'together', {LIMIT_PER_SECOND}, 1, now(), 'bench')
        """  # noqa: S608 - numbers of ours
    )


def _turn(bench: Bench, noisy_rate: float | None) -> Turn:
    quiet, noisy = bench.traffic("quiet"), bench.traffic("noisy")

    async def work() -> Turn:
        loops = [
            open_loop(
                bench.api.address,
                lambda: quiet.availability_in(QUIET),
                rate=QUIET_PER_SECOND,
                connections=CONNECTIONS,
                seconds=bench.seconds * LONGER,
                warm_up=bench.warm_up,
            )
        ]
        if noisy_rate is not None:
            loops.append(
                open_loop(
                    bench.api.address,
                    lambda: noisy.availability_in(NOISY),
                    rate=noisy_rate,
                    connections=CONNECTIONS,
                    seconds=bench.seconds * LONGER,
                    warm_up=bench.warm_up,
                )
            )
        runs = await asyncio.gather(*loops)
        return Turn(runs[0], runs[1] if len(runs) > 1 else None)

    turn = uvloop.run(work())
    for each, expected in ((turn.quiet, {200}), (turn.noisy, {200, 429})):
        if each is not None and set(each.statuses) - expected:
            raise BenchFailed(f"Unexpected answers, by status: {each.statuses}. The first: {each.refusals}")
    return turn


def _rows(turns: dict[str, list[Turn]]) -> list[Row]:
    p99 = {name: median(turn.quiet.latency.p99_ms for turn in each) for name, each in turns.items()}
    details: dict[str, object] = {
        name: [msgspec.to_builtins(turn.quiet.latency) for turn in each] for name, each in turns.items()
    }
    noisy = [turn.noisy for turn in turns["times"] if turn.noisy is not None]
    let_in = median(run.measured_statuses.get(200, 0) / run.seconds for run in noisy)
    refused = median(run.measured_statuses.get(429, 0) / run.seconds for run in noisy)
    name = f"p99 of a destination while another asks {TIMES} times what it may"
    return [
        Row(
            f"{name}, by p99 while it asks what it may",
            "",
            round(p99["times"] / p99["limit"], 2),
            TARGET_RATIO,
            note=f"{p99['times']:.1f} by {p99['limit']:.1f} ms; median of {ROUNDS} turns",
            details=details,
        ),
        Row(
            f"{name}, by p99 alone",
            "",
            round(p99["times"] / p99["alone"], 2),
            TARGET_RATIO,
            note=f"{p99['times']:.1f} by {p99['alone']:.1f} ms; median of {ROUNDS} turns",
        ),
        Row(
            f"requests let in of a destination limited to {LIMIT_PER_SECOND}/s",
            "/s",
            round(let_in, 1),
            LIMIT_PER_SECOND * 1.05,
            note=f"{refused:,.0f}/s refused",
        ),
    ]
