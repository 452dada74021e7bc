"""The figures of several processes in one scrape: each writes its own into files of one folder, which are added up."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import REGISTRY, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which a fresh process learns where its figures go; read when the library is first imported."""

_Key = tuple[str, tuple[tuple[str, str], ...]]


class AllProcesses(Collector):
    """Collects the figures of every process that writes into the folder, and of this one.

    Counters and histograms add up, those of processes that have ended included: a counter never falls. A gauge says
    by its own mode what several processes make of it; one of this process is told where no other has it.
    """

    def __init__(self, folder: Path, own: Collector = REGISTRY) -> None:
        self._folder = folder
        self._own = own

    def collect(self) -> Iterable[Metric]:
        """Return every figure, once."""
        merged = MultiProcessCollector.merge([*self._files()])  # type: ignore[no-untyped-call]  # not typed
        together = {each.name: each for each in merged}
        for own in self._own.collect():
            _add(together, own)
        return together.values()

    def _files(self) -> Iterator[str]:
        """Yield the files that hold something: one is there for a moment before its process writes into it."""
        for path in self._folder.glob("*.db"):
            # One may go meanwhile, with its process.
            with suppress(FileNotFoundError):
                if path.stat().st_size:
                    yield str(path)

    def forget(self, process_id: int) -> None:
        """Take the gauges of a process that has ended out of what is told; what it counted stays."""
        mark_process_dead(process_id, str(self._folder))  # type: ignore[no-untyped-call]  # not typed


def forget_process(process_id: int) -> None:
    """Take the gauges of a child that has ended out of what is told, where figures of several processes are."""
    folder = os.environ.get(FOLDER)
    if folder is not None:
        mark_process_dead(process_id, folder)  # type: ignore[no-untyped-call]  # not typed


def _add(together: dict[str, Metric], own: Metric) -> None:
    samples = [each for each in own.samples if not each.name.endswith("_created")]
    known = together.get(own.name)
    if known is None:
        own.samples = samples
        together[own.name] = own
        return
    places = {_key(each): at for at, each in enumerate(known.samples)}
    for each in samples:
        at = places.get(_key(each))
        if at is None:
            known.samples.append(each)
        elif known.type != "gauge":
            known.samples[at] = each._replace(value=known.samples[at].value + each.value)


def _key(sample: Sample) -> _Key:
    return sample.name, tuple(sorted(sample.labels.items()))


@contextmanager
def figures_of_processes() -> Iterator[AllProcesses]:
    """Give the processes that are started inside the block a new folder for their figures; remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="omd-metrics-", ignore_cleanup_errors=True) as folder:
        before = os.environ.get(FOLDER)
        os.environ[FOLDER] = folder
        try:
            yield AllProcesses(Path(folder))
        finally:
            if before is None:
                del os.environ[FOLDER]
            else:
                os.environ[FOLDER] = before
