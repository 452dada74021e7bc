"""What can be done with a stay: one module a use case."""

from omd.features.reservations.commands.amend import amend
from omd.features.reservations.commands.book import book, hold
from omd.features.reservations.commands.clearing import preview_maintenance
from omd.features.reservations.commands.happened import tell_what_happened
from omd.features.reservations.commands.hold_backs import amend_hold_back, end_hold_back, place_hold_back
from omd.features.reservations.commands.holds import end_hold, extend_hold, free_holds
from omd.features.reservations.commands.lifecycle import (
    cancel,
    check_in,
    check_out,
    confirm,
    mark_no_show,
    step,
    undo_check_in,
)
from omd.features.reservations.commands.maintenance import end_maintenance, start_maintenance
from omd.features.reservations.commands.move import move, move_against_rules
from omd.features.reservations.commands.move_stays import move_stays
from omd.features.reservations.commands.reading import get_reservation
from omd.features.reservations.commands.reinstate import reinstate, undo_check_out
from omd.features.reservations.commands.stay_on import stay_on
from omd.features.reservations.commands.walk_in import walk_in

__all__ = [
    "amend",
    "amend_hold_back",
    "book",
    "cancel",
    "check_in",
    "check_out",
    "confirm",
    "end_hold",
    "end_hold_back",
    "end_maintenance",
    "extend_hold",
    "free_holds",
    "get_reservation",
    "hold",
    "mark_no_show",
    "move",
    "move_against_rules",
    "move_stays",
    "place_hold_back",
    "preview_maintenance",
    "reinstate",
    "start_maintenance",
    "stay_on",
    "step",
    "tell_what_happened",
    "undo_check_in",
    "undo_check_out",
    "walk_in",
]
