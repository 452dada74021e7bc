"""What the figures were made on."""

import os
import platform
import time
from pathlib import Path

import psutil

from bench.home import Home

_SETTINGS = (
    *("server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_compression", "shared_buffers"),
    *("work_mem", "max_wal_size", "checkpoint_timeout", "max_connections", "max_locks_per_transaction", "jit"),
)
_SYNCS = 100


def machine_facts(home: Home) -> dict[str, object]:
    """Return processor, memory, versions, the PostgreSQL settings that matter, and what a flush to the disk costs."""
    return {
        "cores": psutil.cpu_count(logical=True),
        "processor": _processor(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": {name: home.sql(f"show {name}") for name in _SETTINGS},
        "disk_flush_ms": _flush_ms(home.folder),
        "load_average_at_start": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _flush_ms(folder: Path) -> float:
    """Return the median milliseconds of writing 8 kB and flushing it to the disk of the bench folder."""
    path = folder / "flush-test"
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            file.write(bytes(8192))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    path.unlink()
    return round(sorted(took)[_SYNCS // 2] * 1000, 3)
