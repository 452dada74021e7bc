"""What a ticket can be refused for."""

from omd.db import ConstraintErrors
from omd.kernel.errors import FieldProblem, InvalidInput, OmdError


class TicketActionRefused(OmdError):
    """The ticket does not allow that step as it stands; `data` has its status and the code of the refusal."""

    code = "ticket_action_refused"
    status = 409
    title = "The ticket does not allow that now"


class TicketIdTaken(OmdError):
    """Another report has this id already."""

    code = "ticket_id_taken"
    status = 409
    title = "The id belongs to another ticket"


class PhotoIdTaken(OmdError):
    """Another photo has this id already."""

    code = "photo_id_taken"
    status = 409
    title = "The id belongs to another photo"


class TooManyPhotos(OmdError):
    """The ticket has as many photos as it may have."""

    code = "too_many_photos"
    status = 409
    title = "The ticket has enough photos"


class TicketNeedsPerson(OmdError):
    """A program has no hands: a ticket is taken by a person who signed in, or assigned to one."""

    code = "ticket_needs_person"
    status = 409
    title = "A ticket is taken by a person"


class TicketHistoryKept(OmdError):
    """The history of a ticket is added to and never changed."""

    code = "ticket_history_kept"
    status = 409
    title = "The history of a ticket is not changed"


def _unknown(pointer: str, code: str, said: str) -> InvalidInput:
    return InvalidInput(said, problems=(FieldProblem(pointer, code, said),))


CONSTRAINT_ERRORS: ConstraintErrors = {
    "maintenance_tickets_edges": lambda _: TicketActionRefused("Somebody else changed the ticket meanwhile."),
    "maintenance_tickets_room_fkey": lambda _: _unknown(
        "/room_id", "room_unknown", "This hotel has no such room. Name the area instead, or list the rooms."
    ),
    "maintenance_tickets_assignee_serves": lambda _: _unknown(
        "/assignee_id",
        "not_of_the_staff",
        "This person is not of the hotel's staff. Name one who is.",
    ),
    "maintenance_ticket_photos_at_most": lambda _: TooManyPhotos(
        "The ticket has twelve photos. Remove one, or report another ticket."
    ),
    "maintenance_ticket_changes_append_only": lambda _: TicketHistoryKept("Nothing of it was changed."),
}
"""What a breach of this feature's constraints means to a caller."""
