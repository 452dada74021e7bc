"""What is watched of the API while it serves: every request, the pool, Redis and the database."""

from omd.entrypoints.api.watching.note import Caller, RequestNote, note_again, note_caller, note_of
from omd.entrypoints.api.watching.requests import RequestWatch
from omd.entrypoints.api.watching.sampler import Looks, sampled

__all__ = ["Caller", "Looks", "RequestNote", "RequestWatch", "note_again", "note_caller", "note_of", "sampled"]
