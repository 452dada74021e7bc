"""One process at a time owns a home folder."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from omd.db.embedded.errors import EmbeddedServerFailed, HomeInUse

LOCK_FILE = "omd.lock"


class HomeLock:
    """Holds a home folder for this process, until it is released or the process ends.

    The kernel keeps the lock (flock), so a killed process leaves nothing behind that has to be cleaned.
    The file stays where it is after release: removing it would let two processes lock two files of one name.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the home, creating the folder if needed.

        Raises HomeInUse, which names the process that holds it, and EmbeddedServerFailed where the folder
        cannot be made or written.
        """
        if self._descriptor is not None:
            return
        path = self._home / LOCK_FILE
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise EmbeddedServerFailed(
                f"The home folder {self._home} cannot be used: {error.strerror}. "
                f"Make it writable, or set OMD_HOME to another folder."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise HomeInUse(
                f"Another `omd` (process {holder or 'unknown'}) already uses {self._home}. "
                f"Stop it first, or set OMD_HOME to another folder for this one.",
                data={"home": str(self._home), "pid": holder},
            ) from error
        except OSError as error:
            os.close(descriptor)
            raise EmbeddedServerFailed(
                f"The file system of {self._home} cannot lock a file: {error.strerror}. "
                f"Set OMD_HOME to a folder on a local disk."
            ) from error
        self._descriptor = descriptor
        self._sign()

    def _sign(self) -> None:
        """Leave our process id for the sentence that the next one prints."""
        descriptor = self._descriptor
        assert descriptor is not None
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        except OSError as error:
            self.release()
            raise EmbeddedServerFailed(
                f"The home folder {self._home} cannot be written: {error.strerror}. "
                f"Free some space there, or set OMD_HOME to another folder."
            ) from error

    def release(self) -> None:
        """Give the home back; does nothing if it is not held."""
        if self._descriptor is None:
            return
        os.close(self._descriptor)
        self._descriptor = None

    def __enter__(self) -> Self:
        """Take the home."""
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the home back."""
        self.release()
