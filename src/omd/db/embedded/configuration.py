"""The configuration of the embedded PostgreSQL, written anew at every start."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import psutil

MEGABYTE = 1024 * 1024
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only its size is read
SMALLEST_SHARED_MEMORY = 256 * MEGABYTE

HOST_RULES = """\
# Written by omd at every start: changes made here are lost.
# The socket lies in a folder of mode 0700, so whoever can open it is the owner of these files, or root.
local  all          all  trust
local  replication  all  trust
"""


def memory_bytes() -> int:
    """Return the memory that this machine, or this container, has in bytes."""
    total = psutil.virtual_memory().total
    limit = CGROUP_LIMIT.read_text(encoding="ascii").strip() if CGROUP_LIMIT.is_file() else "max"
    return min(total, int(limit)) if limit.isdigit() else total


def default_settings(memory: int) -> dict[str, str]:
    """Return the settings for a machine with `memory` bytes that PostgreSQL shares with the product."""
    megabytes = memory // MEGABYTE
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "superuser_reserved_connections": "5",
        # One booking may hold 80 locks, and a statement over all partitions far more.
        "max_locks_per_transaction": "512",
        "shared_buffers": f"{min(max(megabytes // 8, 128), 2048)}MB",
        "effective_cache_size": f"{max(megabytes // 2, 256)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(max(megabytes // 32, 64), 512)}MB",
        "dynamic_shared_memory_type": _dynamic_shared_memory(),
        # Acknowledged means on the disk.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        # Only pglz is built in: a quarter of a booking's instructions, to save 15 kB of log (docs/adr/0007).
        "wal_compression": "off",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "random_page_cost": "1.1",
        # Our statements are short; compiling one costs more than it saves.
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "datestyle": "iso, ymd",
        "password_encryption": "scram-sha-256",
        "logging_collector": "on",
        # One file a weekday, overwritten a week later: the log never outgrows the disk by age.
        "log_filename": "postgresql-%a.log",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_lock_waits": "on",
        "log_min_duration_statement": "1s",
        # Parameters hold names of guests: they do not belong into a log.
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    }


def render(settings: Mapping[str, str]) -> str:
    """Return the text of postgresql.conf for these settings."""
    lines = ["# Written by omd at every start: changes made here are lost. ALTER SYSTEM is kept."]
    lines += [f"{name} = {quoted(value)}" for name, value in sorted(settings.items())]
    return "\n".join(lines) + "\n"


def quoted(value: str) -> str:
    """Return a value as a quoted string of a configuration file."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def path_list_of_one(path: Path) -> str:
    """Return one path for a setting that takes a list of them: a comma in it does not divide it."""
    return '"' + str(path).replace('"', '""') + '"'


def _dynamic_shared_memory() -> str:
    """Return where parallel queries share memory: containers often give /dev/shm no more than 64 MB."""
    if SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).total < SMALLEST_SHARED_MEMORY:
        return "mmap"
    return "posix"
