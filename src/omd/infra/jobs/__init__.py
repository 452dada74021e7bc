"""Jobs: what is done by itself, once, tried again until it is done or given up where an operator sees it."""

from omd.infra.jobs.clock_watch import ClockWatch, Reference, database_time
from omd.infra.jobs.errors import ClockWrong, JobKindUnknown, JobNotDead, JobNotFound, JobUnderWay
from omd.infra.jobs.follower import Follower
from omd.infra.jobs.model import Attempt, Figures, Job, JobKind, JobShown, NewJob, Nothing, State, Step, new_job
from omd.infra.jobs.queries import find_figures, list_jobs, list_steps
from omd.infra.jobs.queue import JobQueue, discard_job, find_job, once, put_for_request, retry_job, show_job
from omd.infra.jobs.renewal import renew_payloads
from omd.infra.jobs.scheduler import Schedule, Scheduler, put_now
from omd.infra.jobs.schedules import PLATFORM, Place
from omd.infra.jobs.upkeep import purge_jobs
from omd.infra.jobs.worker import Handlers, JobFailed, JobWorker, Terms

__all__ = [
    "PLATFORM",
    "Attempt",
    "ClockWatch",
    "ClockWrong",
    "Figures",
    "Follower",
    "Handlers",
    "Job",
    "JobFailed",
    "JobKind",
    "JobKindUnknown",
    "JobNotDead",
    "JobNotFound",
    "JobQueue",
    "JobShown",
    "JobUnderWay",
    "JobWorker",
    "NewJob",
    "Nothing",
    "Place",
    "Reference",
    "Schedule",
    "Scheduler",
    "State",
    "Step",
    "Terms",
    "database_time",
    "discard_job",
    "find_figures",
    "find_job",
    "list_jobs",
    "list_steps",
    "new_job",
    "once",
    "purge_jobs",
    "put_for_request",
    "put_now",
    "renew_payloads",
    "retry_job",
    "show_job",
]
