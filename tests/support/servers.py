"""One PostgreSQL and one Redis for all processes of a test run, started by whoever needs them first."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec

from support.keeper import RUN_LOCK, SERVERS

KEEPER = Path(__file__).with_name("keeper.py")
KEEPER_LOCK = "keeper.lock"
START_LOCK = "start.lock"
LOG = "keeper.log"
STOP_SECONDS = 60.0

MEMORY = Path("/dev/shm")
SMALLEST_MEMORY_BYTES = 2 * 1024**3
"""A clone of the template takes 15 ms in memory and 200 ms on a disk; containers often give /dev/shm 64 MB."""


class Servers(msgspec.Struct, frozen=True):
    """Where the servers of this run answer."""

    postgres_socket_dir: str
    postgres_data_dir: str
    redis_socket: str

    def dsn(self, *, user: str, database: str) -> str:
        """Return the address of a database for asyncpg."""
        return f"postgresql://{user}@/{database}?host={quote(self.postgres_socket_dir, safe='')}&port=5432"

    def redis_url(self, database: int) -> str:
        """Return the address of one of the 16 numbered databases of Redis."""
        return f"unix://{quote(self.redis_socket)}?db={database}"


class TestRun:
    """The part that one process takes in a test run; the servers live while any process takes part."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = os.open(folder / RUN_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_SH)

    @classmethod
    def begin(cls) -> "TestRun":
        """Make the folder of a new run. The servers may run as another user, so everybody may pass through it."""
        in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > SMALLEST_MEMORY_BYTES
        folder = Path(tempfile.mkdtemp(prefix="omd-tests-", dir=MEMORY if in_memory else None))
        folder.chmod(0o711)
        return cls(folder)

    @classmethod
    def join(cls, folder: str) -> "TestRun":
        """Take part in a run that another process began."""
        return cls(Path(folder))

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Keep the other processes of the run out of the block."""
        with (self.folder / name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def servers(self) -> Servers:
        """Return the servers of the run, starting them if nobody has yet; raise with the log if they fail."""
        facts = self.folder / SERVERS
        with self.alone(START_LOCK):
            if not facts.exists():
                self._start_keeper()
        return msgspec.json.decode(facts.read_bytes(), type=Servers)

    def _start_keeper(self) -> None:
        # The keeper inherits the locked file: the lock is free again when it has ended, and not before.
        keeper_lock = os.open(self.folder / KEEPER_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(keeper_lock, fcntl.LOCK_EX)
            with (self.folder / LOG).open("wb") as log:
                done = subprocess.run(
                    [sys.executable, str(KEEPER), str(self.folder)],
                    check=False,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    pass_fds=(keeper_lock,),
                    start_new_session=True,
                )
        finally:
            os.close(keeper_lock)
        if done.returncode != 0:
            said = (self.folder / LOG).read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"the servers of the test run did not start:\n{said}")

    def leave(self) -> None:
        """Take no further part; the servers stop when nobody does."""
        os.close(self._lock)

    def end(self) -> None:
        """Leave as the last, wait until the servers are gone, and remove the folder."""
        self.leave()
        keeper_lock = self.folder / KEEPER_LOCK
        if keeper_lock.exists():
            self._await_keeper(keeper_lock)
        # What is left: a run without servers, or one whose servers did not start.
        for name in (RUN_LOCK, START_LOCK, KEEPER_LOCK, LOG):
            (self.folder / name).unlink(missing_ok=True)
        if self.folder.exists() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _await_keeper(self, path: Path) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        with path.open() as lock:
            while time.monotonic() < deadline:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(0.02)
                else:
                    return
        raise RuntimeError(f"the servers of the test run in {self.folder} still run after {STOP_SECONDS:.0f} seconds")
