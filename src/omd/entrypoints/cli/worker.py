"""omd worker: the work that goes on by itself."""

from omd.entrypoints.databases import services
from omd.entrypoints.metrics_listener import worker_told
from omd.entrypoints.secret_keys import keys_for
from omd.entrypoints.settings import load_settings
from omd.entrypoints.worker import run_worker
from omd.infra.telemetry import configure_logging


def worker() -> None:
    """Do what goes on by itself: pass events on, deliver webhooks, do jobs and the daily work. Ctrl-C stops it.

    Works on the servers of OMD_DATABASE_URL and OMD_REDIS_URL, or on those that a running `omd serve` started. Any
    number may run; one leads, and another takes over when it dies. `omd serve` and `omd demo` start one of their own.

    Tells its figures at OMD_WORKER_METRICS_PORT of OMD_METRICS_HOST, where that is set.
    """
    settings = load_settings()
    keys = keys_for(settings)
    configure_logging(settings.log_level)
    with worker_told(settings), services(settings, with_redis=True, shared=True) as available:
        run_worker(available, settings, keys)
