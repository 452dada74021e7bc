"""Small disks: a file system of a few megabytes in memory, which can be filled to the last byte."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FILLING = "filling"


@contextmanager
def small_disk_at(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system of its own for the block; where that is not allowed the test is skipped."""
    folder.mkdir()
    options = f"size={megabytes}m,mode=700"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.skip(f"a small disk can not be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def fill(disk: Path) -> None:
    """Leave no byte free; what failed on a full disk may have given some back."""
    with (disk / FILLING).open("ab", buffering=0) as file:
        while free := shutil.disk_usage(disk).free:
            file.write(bytes(min(free, 1024 * 1024)))


def make_room(disk: Path) -> None:
    """Give back what was filled."""
    (disk / FILLING).unlink()
