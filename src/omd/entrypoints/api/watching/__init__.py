"""What is watched of the API while it serves: every request, the pool, Redis and the database."""

from omd.entrypoints.api.watching.backlog import backlog_told
from omd.entrypoints.api.watching.note import Caller, RequestNote, note_again, note_caller, note_of
from omd.entrypoints.api.watching.requests import RequestWatch
from omd.entrypoints.api.watching.sampler import DATABASE_UP, Looks, sampled

__all__ = [
    "DATABASE_UP",
    "Caller",
    "Looks",
    "RequestNote",
    "RequestWatch",
    "backlog_told",
    "note_again",
    "note_caller",
    "note_of",
    "sampled",
]
