"""Reservations: stays, their life, their rooms."""

from omd.features.reservations.checks import check_demand
from omd.features.reservations.commands import (
    amend,
    book,
    cancel,
    check_in,
    check_out,
    end_hold,
    end_hold_back,
    end_maintenance,
    free_holds,
    hold,
    mark_no_show,
    move_stays,
    place_hold_back,
    reinstate,
    start_maintenance,
    stay_on,
    step,
    undo_check_in,
    undo_check_out,
)
from omd.features.reservations.commands.reading import get_reservation
from omd.features.reservations.commands.unassigned import place_all_waiting, place_waiting
from omd.features.reservations.documents import Documents
from omd.features.reservations.errors import CONSTRAINT_ERRORS, ActionRefused, NoRoomThroughout, SoldOut
from omd.features.reservations.fees.model import PolicyFees, StayFees
from omd.features.reservations.fees.reckoning import get_fees
from omd.features.reservations.model import (
    ActionRule,
    Amendment,
    DocumentType,
    Guest,
    NewReservation,
    Price,
    Reservation,
    ReservationSummary,
    Standing,
    Status,
    action_rules,
    is_over,
)
from omd.features.reservations.occupants import DayTime, DayUse, Occupant, Unready, room_not_ready
from omd.features.reservations.preparations.commands import note_change
from omd.features.reservations.queries import find_occupied, list_broken_rules, list_summaries, lock_stay_key
from omd.features.reservations.renewal import renew_documents
from omd.features.reservations.retention import RetentionDone, run_retention
from omd.features.reservations.room_locks import RoomLock, say_lock
from omd.features.reservations.room_rules import BrokenRule, Rule, RuledStay, RuleOverride, require_rules, say_broken

__all__ = [
    "CONSTRAINT_ERRORS",
    "ActionRefused",
    "ActionRule",
    "Amendment",
    "BrokenRule",
    "DayTime",
    "DayUse",
    "DocumentType",
    "Documents",
    "Guest",
    "NewReservation",
    "NoRoomThroughout",
    "Occupant",
    "PolicyFees",
    "Price",
    "Reservation",
    "ReservationSummary",
    "RetentionDone",
    "RoomLock",
    "Rule",
    "RuleOverride",
    "RuledStay",
    "SoldOut",
    "Standing",
    "Status",
    "StayFees",
    "Unready",
    "action_rules",
    "amend",
    "book",
    "cancel",
    "check_demand",
    "check_in",
    "check_out",
    "end_hold",
    "end_hold_back",
    "end_maintenance",
    "find_occupied",
    "free_holds",
    "get_fees",
    "get_reservation",
    "hold",
    "is_over",
    "list_broken_rules",
    "list_summaries",
    "lock_stay_key",
    "mark_no_show",
    "move_stays",
    "note_change",
    "place_all_waiting",
    "place_hold_back",
    "place_waiting",
    "reinstate",
    "renew_documents",
    "require_rules",
    "room_not_ready",
    "run_retention",
    "say_broken",
    "say_lock",
    "start_maintenance",
    "stay_on",
    "step",
    "undo_check_in",
    "undo_check_out",
]
