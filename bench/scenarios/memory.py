"""How much memory the API's workers hold after the runs."""

from bench.model import Row
from bench.session import Bench

TARGET_MB = 300.0


def run(bench: Bench) -> list[Row]:
    """Read the resident memory of every worker."""
    resident = [round(worker.memory_info().rss / 2**20, 1) for worker in bench.api.workers()]
    return [Row("memory of an API worker, the largest", "MB", max(resident), TARGET_MB, details={"workers": resident})]
