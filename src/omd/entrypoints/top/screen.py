"""The screen of `omd top`: tables of what happened between two scrapes."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from omd.entrypoints.api.route_classes import ROUTE_CLASSES
from omd.entrypoints.top.reading import Durations, Scrape
from omd.infra.jobs.clock_watch import MOST_APART

MOST_STATEMENTS = 12
MOST_OPERATIONS = 10
NONE = "-"


def render(now: Scrape, before: Scrape | None) -> RenderableType:
    """Return the screen: rates of the time between the two, or, without an earlier one, totals since the start."""
    return Group(
        _state(now, before),
        _groups(now, before),
        _operations(now, before),
        _statements(now, before),
        _limits(now, before),
    )


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", expand=False)
    table.add_column(first, min_width=24)
    for each in others:
        table.add_column(each, justify="right")
    return table


def _state(now: Scrape, before: Scrape | None) -> RenderableType:
    """Return the lines on what has a level: servers, workers, the pool, the lag of events where it is measured."""

    def up(name: str) -> Text:
        if not now.has(name):
            return Text("unknown", style="yellow")
        return Text("up", style="green") if now.total(name) else Text("away", style="bold red")

    def pool(state: str) -> int:
        return int(now.total("omd_pool_connections", state=state))

    waiting = pool("waiting")
    parts = [
        Text("PostgreSQL "),
        up("omd_database_up"),
        Text("  Redis "),
        up("omd_redis_up"),
        Text(f"  workers {int(now.total('omd_workers'))}  in flight {int(now.total('omd_requests_in_flight'))}"),
        Text(f"\npool {pool('in_use')} in use of {pool('most')}, {pool('open')} open, "),
        Text(f"{waiting} waiting", style="bold red" if waiting else ""),
        Text(f"  transactions run again {int(now.total('omd_transaction_retries_total'))}"),
    ]
    lag = _by(now, before, "omd_event_lag_seconds", lambda _: "all").get("all")
    if lag is not None and (p99 := lag.quantile(0.99)) is not None:
        parts.append(Text(f"  event lag p99 {p99 * 1000:.0f} ms"))
    return Text.assemble(*parts, *_jobs(now))


def _jobs(now: Scrape) -> list[Text]:
    """Return the line on what goes on by itself, where a worker tells of it."""
    if not now.has("omd_jobs"):
        return []
    due, dead = int(now.total("omd_jobs", state="due")), int(now.total("omd_jobs", state="dead"))
    oldest = now.total("omd_job_oldest_due_seconds")
    given_up = int(now.total("omd_webhook_deliveries", status="dead"))
    return [
        Text(f"\njobs {due} due, {int(now.total('omd_jobs', state='running'))} running, "),
        Text(f"{dead} dead", style="bold red" if dead else ""),
        Text(f", the oldest due for {oldest:.0f} s"),
        Text(f"  webhooks {int(now.total('omd_webhook_deliveries', status='pending'))} to deliver, "),
        Text(f"{given_up} given up", style="yellow" if given_up else ""),
        *_clock(now),
    ]


def _clock(now: Scrape) -> list[Text]:
    """Return the line on a worker whose clock is wrong, and which does no daily work."""
    apart = timedelta(seconds=round(now.total("omd_worker_clock_apart_seconds")))
    if apart <= MOST_APART:
        return []
    return [Text(f"\nthe clock of a worker is {apart} from the database's: no daily work", style="bold red")]


def _groups(now: Scrape, before: Scrape | None) -> Table:
    """Return the requests by the class of their operation."""
    found = _by(now, before, "omd_request_seconds", lambda labels: str(ROUTE_CLASSES.get(labels["operation"], "other")))
    failed = _counts(now, before, "omd_request_seconds_count", "operation", status="5xx")
    by_group: dict[str, float] = {}
    for operation, count in failed.items():
        group = str(ROUTE_CLASSES.get(operation, "other"))
        by_group[group] = by_group.get(group, 0.0) + count
    table = _table("Requests", "class", _rate_title(before), "p50 ms", "p95 ms", "p99 ms", "failed")
    for group, durations in sorted(found.items(), key=lambda each: -each[1].count):
        table.add_row(group, *_figures(durations, now, before), _number(by_group.get(group, 0.0)))
    return table


def _operations(now: Scrape, before: Scrape | None) -> Table:
    found = _by(now, before, "omd_request_seconds", lambda labels: labels["operation"])
    table = _table("Operations", "operation", _rate_title(before), "p50 ms", "p95 ms", "p99 ms", "total s")
    for name, durations in _most(found, MOST_OPERATIONS):
        table.add_row(name, *_figures(durations, now, before), f"{durations.total:.2f}")
    return table


def _statements(now: Scrape, before: Scrape | None) -> Table:
    found = _by(now, before, "omd_statement_seconds", lambda labels: labels["statement"])
    table = _table(
        "Statements, by the time they took", "statement", _rate_title(before), "p50 ms", "p95 ms", "p99 ms", "total s"
    )
    for name, durations in _most(found, MOST_STATEMENTS):
        table.add_row(name, *_figures(durations, now, before), f"{durations.total:.2f}")
    return table


def _limits(now: Scrape, before: Scrape | None) -> Table:
    refused = _counts(now, before, "omd_limit_refusals_total", "level")
    at_the_door = _counts(now, before, "omd_requests_refused_total", "code")
    table = _table("Refused", "by", "count")
    for level, count in sorted(refused.items(), key=lambda each: -each[1]):
        table.add_row(f"limit of {level}", _number(count))
    for code, count in sorted(at_the_door.items(), key=lambda each: -each[1]):
        if code != "rate_limited":
            table.add_row(code, _number(count))
    return table


def _by(now: Scrape, before: Scrape | None, name: str, group: Callable[[dict[str, str]], str]) -> dict[str, Durations]:
    """Return the durations of a histogram since the earlier scrape, its series added up by group."""
    found: dict[str, Durations] = {}
    for (known, pairs), durations in now.durations.items():
        if known != name:
            continue
        since = durations - (None if before is None else before.durations.get((known, pairs)))
        if since.count:
            which = group(dict(pairs))
            found[which] = found[which] + since if which in found else since
    return found


def _counts(now: Scrape, before: Scrape | None, name: str, label: str, **labels: str) -> dict[str, float]:
    """Return what a counter counted since the earlier scrape, by one of its labels; nothing where it did not."""
    found: dict[str, float] = {}
    for own, value in now.each(name, **labels):
        since = value - (before.total(name, **own) if before is not None else 0.0)
        if since:
            found[own[label]] = found.get(own[label], 0.0) + since
    return found


def _most(found: dict[str, Durations], most: int) -> Iterable[tuple[str, Durations]]:
    return sorted(found.items(), key=lambda each: -each[1].total)[:most]


def _rate_title(before: Scrape | None) -> str:
    return "count" if before is None else "per s"


def _figures(durations: Durations, now: Scrape, before: Scrape | None) -> list[str]:
    count = durations.count if before is None else durations.count / max(now.at - before.at, 0.001)
    shares = [durations.quantile(share) for share in (0.5, 0.95, 0.99)]
    return [_number(count), *(NONE if each is None else f"{each * 1000:.1f}" for each in shares)]


def _number(count: float) -> str:
    return f"{count:,.0f}" if count >= 10 or count == int(count) else f"{count:.1f}"
