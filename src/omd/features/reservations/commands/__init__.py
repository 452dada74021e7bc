"""What can be done with a stay: one module a use case."""

from omd.features.reservations.commands.amend import amend
from omd.features.reservations.commands.book import book, hold
from omd.features.reservations.commands.lifecycle import cancel, check_in, check_out, mark_no_show, step, undo_check_in
from omd.features.reservations.commands.maintenance import end_maintenance, start_maintenance
from omd.features.reservations.commands.reading import get_reservation

__all__ = [
    "amend",
    "book",
    "cancel",
    "check_in",
    "check_out",
    "end_maintenance",
    "get_reservation",
    "hold",
    "mark_no_show",
    "start_maintenance",
    "step",
    "undo_check_in",
]
