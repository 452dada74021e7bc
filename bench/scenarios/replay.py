"""The bookings of a real hotel, replayed whole through the engine."""

import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from bench.home import ROOT, remove_home
from bench.model import BenchFailed, Row

TARGET_SECONDS = 300.0
_OMD = Path(sys.executable).with_name("omd")


def find_file(given: Path | None) -> Path | None:
    """Return the bookings file to replay: the given one, else one in a `data` folder beside the checkout."""
    if given is not None:
        return given
    folder = ROOT.parent / "shared" / "data" / "hotel-bookings"
    return next(iter(sorted(folder.glob("*.csv*"))), None)


def is_there() -> bool:
    """Say whether this release has the command."""
    return subprocess.run([_OMD, "replay", "--help"], check=False, capture_output=True).returncode == 0


def run(folder: Path, file: Path) -> list[Row]:
    """Replay the file into an empty home of its own, as an operator would."""
    remove_home(folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMD_")}
    environment["OMD_HOME"] = str(folder)
    try:
        _omd(["db", "migrate"], environment)
        began = time.perf_counter()
        said = _omd(["replay", str(file), "--json"], environment)
        took = time.perf_counter() - began
    finally:
        remove_home(folder)
    details = msgspec.json.decode(said, type=dict[str, object])
    return [
        Row(f"replay of a real hotel, the whole file {file.name}", "s", round(took, 1), TARGET_SECONDS, details=details)
    ]


def _omd(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run([_OMD, *arguments], check=False, capture_output=True, encoding="utf-8", env=environment)
    if done.returncode != 0:
        raise BenchFailed(f"omd {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
