"""Keeps the servers of one test run in a process of its own, and stops them when the run is over.

Run as a program with the folder of the run. It returns as soon as the servers answer, and leaves the keeper
behind. Every process of the run holds a shared lock on the file `run.lock`; the kernel takes it from them
however they end. So the keeper is granted the exclusive lock when the last of them is gone, even by SIGKILL.
"""

import fcntl
import os
import shutil
import sys
import traceback
from pathlib import Path

import msgspec

from omd.db.embedded import EmbeddedPostgres
from omd.infra.embedded_redis import EmbeddedRedis

RUN_LOCK = "run.lock"
SERVERS = "servers.json"

# A test database is lost with its run: nothing has to reach the disk.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    "autovacuum": "off",
    # A thousand clones of one template: checkpoints by size would only rewrite them.
    "checkpoint_timeout": "1d",
}


def main(folder: Path) -> int:
    """Start the servers in a child, wait until they answer, and return the exit code of the program."""
    told, telling = os.pipe()
    if os.fork() == 0:
        os.close(told)
        os.setsid()
        _keep(folder, telling)
    os.close(telling)
    return 0 if os.read(told, 1) == b"+" else 1


def _keep(folder: Path, telling: int) -> None:
    code = 1
    try:
        with (
            EmbeddedPostgres(folder / "postgres", settings=SETTINGS, sync_initdb=False) as postgres,
            EmbeddedRedis(folder / "redis") as redis,
        ):
            facts = {
                "postgres_socket_dir": str(postgres.socket_dir),
                "postgres_data_dir": str(postgres.data_dir),
                "redis_socket": str(redis.socket),
            }
            (folder / SERVERS).write_bytes(msgspec.json.encode(facts))
            os.write(telling, b"+")
            os.close(telling)
            with (folder / RUN_LOCK).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(folder)
        code = 0
    except BaseException:  # noqa: BLE001 - the end of the process: what stopped it is written down for the run
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
