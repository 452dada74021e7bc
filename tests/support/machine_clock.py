"""The wall clock of real processes, which a test lets jump: PostgreSQL, Redis and the server all believe it."""

import shutil
import struct
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("shifted_clock.c")


class MachineClock:
    """The clock of every process started with `variables` in its environment; those of the test stay as they are."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("no C compiler is here to make a clock that jumps")
        library, self._shift = folder / "shifted_clock.so", folder / "shift"
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, SOURCE], check=True)
        self._shift.write_bytes(struct.pack("q", 0))
        self.variables = {"LD_PRELOAD": str(library), "SHIFTED_CLOCK": str(self._shift)}

    def set(self, instant: datetime) -> None:
        """Put the clock to an instant, from where it goes on; it jumps for all processes at once."""
        with self._shift.open("r+b") as file:
            file.write(struct.pack("q", round(instant.timestamp() - time.time())))
