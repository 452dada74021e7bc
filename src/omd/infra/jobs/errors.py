"""What may be refused about jobs."""

from omd.kernel.errors import NotFound, OmdError


class JobNotFound(NotFound):
    """There is no job with this number: it is done, or was discarded."""

    code = "job_not_found"
    title = "No such job"


class JobNotDead(OmdError):
    """Only a job that was given up can be retried; the others are tried by themselves."""

    code = "job_not_dead"
    status = 409
    title = "The job is not dead"


class JobUnderWay(OmdError):
    """A worker is at the job; it can be discarded when that attempt has ended."""

    code = "job_under_way"
    status = 409
    title = "A worker is at the job"


class ClockWrong(OmdError):
    """A worker's clock is more than five minutes from the database's; it does nothing that goes by the clock."""

    code = "clock_wrong"
    status = 503
    title = "The clock of this worker is wrong"


class JobKindUnknown(NotFound):
    """No kind of job has this name."""

    code = "job_kind_unknown"
    title = "No such kind of job"
