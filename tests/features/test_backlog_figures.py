"""What is yet to be done is told by the servers, so that it is told when no worker is there to do it."""

import os
import subprocess
import sys
from pathlib import Path

from prometheus_client import CollectorRegistry

from omd.db import Database
from omd.entrypoints.api.watching.backlog import look
from omd.infra.all_processes import FOLDER, AllProcesses
from omd.infra.jobs import JobQueue, new_job
from support.figures import figure
from support.jobs import PAGE, Page
from support.worlds import Connection


async def test_jobs_that_nobody_does_are_told(relay: Database, queue: JobQueue, owner_connection: Connection) -> None:
    await queue.put(*(new_job(PAGE, Page(str(number))) for number in range(3)))
    await owner_connection.execute("update jobs set status = 'failed' where id = (select min(id) from jobs)")
    await owner_connection.execute("update jobs set execute_after = now() - interval '10 minutes'")
    await look(relay)
    assert {state: figure("omd_jobs", state=state) for state in ("due", "dead", "running", "waiting")} == {
        "due": 2,
        "dead": 1,
        "running": 0,
        "waiting": 0,
    }
    assert figure("omd_job_oldest_due_seconds") >= 600
    assert figure("omd_webhook_deliveries", status="pending") == 0


def test_a_process_that_serves_nothing_says_nothing_is_away(tmp_path: Path) -> None:
    """The worker beside a server writes its figures into the same folder, and asks neither PostgreSQL nor Redis."""
    subprocess.run(
        [sys.executable, "-c", "import omd.entrypoints.cli"], env={**os.environ, FOLDER: str(tmp_path)}, check=True
    )
    told = {each.name: each for each in AllProcesses(tmp_path, CollectorRegistry()).collect()}
    for name in ("omd_database_up", "omd_redis_up"):
        (sample,) = told[name].samples
        assert sample.value == 1
