"""What is refused about tasks of housekeeping."""

from omd.db import ConstraintErrors
from omd.kernel.errors import OmdError


class TaskActionRefused(OmdError):
    """The task does not allow the action as it is; `data` lists those it does, and holds the task."""

    code = "task_action_refused"
    status = 409
    title = "The task does not allow that"


class TaskOfAnother(OmdError):
    """The task is another attendant's: whoever shares out the work gives it to you first."""

    code = "task_of_another"
    status = 409
    title = "The task is another attendant's"


class TaskExists(OmdError):
    """The room has a task of this kind on this date."""

    code = "task_exists"
    status = 409
    title = "The room has such a task"


class AttendantUnknown(OmdError):
    """Nobody works in this hotel by this id, or not any more."""

    code = "attendant_unknown"
    status = 409
    title = "Nobody of the hotel's staff has this id"


class NothingToRush(OmdError):
    """The room is ready, or it is out of order: nobody can hurry there."""

    code = "nothing_to_rush"
    status = 409
    title = "There is nothing to hurry in the room"


class PlanTooFar(OmdError):
    """A plan is made for the business date or one of the seven after it."""

    code = "plan_too_far"
    status = 409
    title = "The date is not planned yet, or no more"


class CommandIdReused(OmdError):
    """The id of a command came before, with another command."""

    code = "command_id_reused"
    status = 422
    title = "The command's id belongs to another command"


class NoConflict(OmdError):
    """The command is no conflict, or somebody resolved it."""

    code = "no_conflict"
    status = 409
    title = "There is nothing to resolve"


class RoomVacant(OmdError):
    """Nobody is in the room by the front office: there is nobody to charge."""

    code = "room_vacant"
    status = 409
    title = "Nobody is in the room"


class FoundItemGone(OmdError):
    """What was found was returned or discarded already."""

    code = "found_item_gone"
    status = 409
    title = "The thing is not here any more"


_NOBODY = "Nobody who works in this hotel has this id. List its attendants, and name one of them. Nothing was changed."

CONSTRAINT_ERRORS: ConstraintErrors = {
    "housekeeping_tasks_once": lambda _: TaskExists(
        "The room has a task of this kind on this date. Use that one. Nothing was added."
    ),
    "housekeeping_tasks_attendant_fkey": lambda _: AttendantUnknown(_NOBODY),
    "housekeeping_tasks_supervisor_fkey": lambda _: AttendantUnknown(_NOBODY),
    "housekeeping_tasks_attendant_works": lambda _: AttendantUnknown(_NOBODY),
}
"""What a breach of the constraints of tasks means to a caller."""
