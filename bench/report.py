"""The results: as JSON by commit, as a table on the terminal, and as the table of docs/benchmarks.md."""

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from bench.home import ROOT
from bench.model import Results, Row

RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
_HEADINGS = ("work", "target", "measured", "bare SQL", "ratio", "", "beside")
_BEGIN = "<!-- figures: written by `make bench` -->"
_END = "<!-- end of figures -->"


def commit_name() -> str:
    """Return the commit that is measured, or `worktree` when the checkout holds anything that is not committed."""
    changed = _git("status", "--porcelain", "--", "src", "bench", ":(exclude)bench/results", "requirements.lock")
    head = _git("rev-parse", "--short", "HEAD")
    return head if head and changed == "" else "worktree"


def result_path(commit: str, scale: int) -> Path:
    """Return where the results of a commit at a scale are kept."""
    return RESULTS / (f"{commit}.json" if scale == 1 else f"{commit}-scale-{scale}.json")


def keep(results: Results) -> Path:
    """Write the results; outcomes of scenarios that this run left out stay from an earlier run of the same commit."""
    path = result_path(results.commit, results.scale)
    if path.is_file():
        earlier = msgspec.json.decode(path.read_bytes(), type=Results)
        results = msgspec.structs.replace(results, outcomes={**earlier.outcomes, **results.outcomes})
    RESULTS.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")
    return path


def print_table(results: Results, console: Console) -> None:
    """Print every figure beside its target and beside bare SQL."""
    table = Table(*_HEADINGS, title=f"{results.commit}, scale {results.scale}")
    rows = rows_of(results)
    for row, cells in zip(rows, table_cells(rows), strict=True):
        style = "red" if row.verdict == "short" else None
        table.add_row(*cells, style=style)
    console.print(table)


def write_page(results: Sequence[Results]) -> None:
    """Put the figures between the marks of docs/benchmarks.md; the words around them stay."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    figures = "\n\n".join(_section(each) for each in results)
    PAGE.write_text(f"{before}{_BEGIN}\n\n{figures}\n\n{_END}{after}", encoding="utf-8")


def read_results(commit: str, scales: Iterable[int]) -> list[Results]:
    """Return what is kept of a commit at these scales."""
    paths = [result_path(commit, scale) for scale in scales]
    return [msgspec.json.decode(path.read_bytes(), type=Results) for path in paths if path.is_file()]


def rows_of(results: Results) -> list[Row]:
    """Return all rows in the order of the scenarios."""
    return [row for outcome in results.outcomes.values() for row in outcome.rows]


def table_cells(rows: Iterable[Row]) -> list[tuple[str, ...]]:
    """Return the rows as the words of a table."""
    return [
        (
            row.name,
            "" if row.target is None else f"{'≤' if row.better == 'lower' else '≥'} {_figure(row.target, row.unit)}",
            _figure(row.measured, row.unit),
            "" if row.bare is None else _figure(row.bare, row.unit),
            "" if row.ratio is None else f"{row.ratio:.2f}",
            row.verdict,
            row.note,
        )
        for row in rows
    ]


def _section(results: Results) -> str:
    lines = [f"### Scale {results.scale}, commit {results.commit}", ""]
    lines += [f"| {' | '.join(_HEADINGS)} |", "|---|--:|--:|--:|--:|---|---|"]
    lines += [f"| {' | '.join(cells)} |" for cells in table_cells(rows_of(results))]
    machine = results.machine
    server = machine["postgresql"]
    assert isinstance(server, dict), "machine facts hold the settings of PostgreSQL"
    settings = ", ".join(f"{name} {value}" for name, value in server.items() if name != "server_version")
    took = ", ".join(f"{name} {outcome.seconds:.0f} s" for name, outcome in results.outcomes.items())
    busy = ", ".join(f"{outcome.load_average_before:.1f}" for outcome in results.outcomes.values())
    made_on = (
        f"Measured {results.finished_at} on {machine['cores']} cores of {machine['processor']}, "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}, "
        f"PostgreSQL {server['server_version']} ({settings}). Writing 8 kB and flushing it takes "
        f"{machine['disk_flush_ms']} ms. Each run {results.seconds_per_run:g} s. The scenarios took: {took}. "
        f"Load average before each: {busy}."
    )
    return "\n".join([*lines, "", made_on])


def _figure(value: float, unit: str) -> str:
    number = f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{number} {unit}".strip().replace(" /s", "/s")


def _git(*arguments: str) -> str | None:
    """Return what git said, None where there is no git or no commit."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True, encoding="utf-8")  # noqa: S607
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
