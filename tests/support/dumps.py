"""A whole database as text, as pg_dump writes it."""

import subprocess
from pathlib import Path

from omd.db.embedded import EmbeddedPostgres
from support.servers import Servers

PROGRAM_SECONDS = 60


def dumped(servers: Servers, database_name: str) -> str:
    """Return every row of every table of every schema, binary columns in hexadecimal."""
    program = EmbeddedPostgres(Path(servers.postgres_data_dir)).bin_dir / "pg_dump"
    done = subprocess.run(
        [program, "--data-only", "--inserts", f"--dbname={servers.dsn(user='postgres', database=database_name)}"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=PROGRAM_SECONDS,
    )
    return done.stdout


def found_in(dump: str, marks: list[str]) -> list[str]:
    """Return those of the marks that the dump holds, as text or within a binary column, in any case."""
    lower = dump.lower()
    return [mark for mark in marks if mark.lower() in lower or mark.encode().hex() in lower]
