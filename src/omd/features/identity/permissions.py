"""Who may do what: the one table of actions and roles that the API, the documents and the screens read.

An action has a reach: what row security opens for a request that does it. A request is given the hotels in which
its actor may do its action, and no others, so that the database enforces this table too.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

Role = Literal[
    "operator",
    "omd_administrator",
    "omd_analyst",
    "owner",
    "manager",
    "receptionist",
    "housekeeper",
    "technician",
    "accountant",
    "guest",
]
OMD_ROLES: tuple[Role, ...] = ("omd_administrator", "omd_analyst")
HOTEL_ROLES: tuple[Role, ...] = ("owner", "manager", "receptionist", "housekeeper", "technician", "accountant")

Reach = Literal["inventory", "reads", "serves", "administers", "operates", "own"]
"""What an action opens: rooms and totals; guests, to read; guests and stays, to write; staff, keys, consents,
audit and taxes; the platform; or just what belongs to whoever asks."""


class Action(StrEnum):
    """What can be done, as `thing.verb`; also the scopes of keys and service accounts."""

    SESSION_USE = "session.use"
    INVENTORY_READ = "inventory.read"
    AVAILABILITY_READ = "availability.read"
    AVAILABILITY_OVERBOOK = "availability.overbook"
    RATES_READ = "rates.read"
    RATES_MANAGE = "rates.manage"
    OFFERS_MAKE = "offers.make"
    MAINTENANCE_READ = "maintenance.read"
    MAINTENANCE_WRITE = "maintenance.write"
    HOLD_BACKS_READ = "hold_backs.read"
    HOLD_BACKS_WRITE = "hold_backs.write"
    TICKETS_READ = "tickets.read"
    TICKETS_REPORT = "tickets.report"
    TICKETS_WORK = "tickets.work"
    TICKETS_MANAGE = "tickets.manage"
    ROOMS_READ_CONDITION = "rooms.read_condition"
    ROOMS_SET_CONDITION = "rooms.set_condition"
    ROOMS_RESOLVE_DISCREPANCY = "rooms.resolve_discrepancy"
    ROOMS_CHECK_IN_UNREADY = "rooms.check_in_unready"
    HOUSEKEEPING_MANAGE = "housekeeping.manage"
    TASKS_READ = "tasks.read"
    TASKS_WORK = "tasks.work"
    TASKS_RUSH = "tasks.rush"
    TASKS_SUPERVISE = "tasks.supervise"
    FOUND_ITEMS_WRITE = "found_items.write"
    RESERVATIONS_READ = "reservations.read"
    RESERVATIONS_CREATE = "reservations.create"
    RESERVATIONS_AMEND = "reservations.amend"
    RESERVATIONS_CANCEL = "reservations.cancel"
    RESERVATIONS_CHECK_IN = "reservations.check_in"
    RESERVATIONS_WALK_IN = "reservations.walk_in"
    RESERVATIONS_CHECK_OUT = "reservations.check_out"
    RESERVATIONS_NO_SHOW = "reservations.no_show"
    GUESTS_DOCUMENTS = "guests.documents"
    GUESTS_EXPORT = "guests.export"
    GUESTS_ERASE = "guests.erase"
    REGISTRATION_MANAGE = "registration.manage"
    PROFILES_READ = "profiles.read"
    PROFILES_WRITE = "profiles.write"
    PROFILES_MERGE = "profiles.merge"
    STAFF_READ = "staff.read"
    STAFF_WRITE = "staff.write"
    OWNERS_INVITE = "owners.invite"
    MEMBERS_WRITE = "members.write"
    KEYS_READ = "keys.read"
    KEYS_WRITE = "keys.write"
    CONSENTS_READ = "consents.read"
    CONSENTS_WRITE = "consents.write"
    AUDIT_READ = "audit.read"
    CHANGES_READ = "changes.read"
    LIMITS_READ = "limits.read"
    WEBHOOKS_READ = "webhooks.read"
    WEBHOOKS_WRITE = "webhooks.write"
    TAXES_READ = "taxes.read"
    TAXES_MANAGE = "taxes.manage"
    TAXES_DECLARE = "taxes.declare"
    FOLIOS_READ = "folios.read"
    FOLIOS_POST = "folios.post"
    FOLIOS_CORRECT = "folios.correct"
    FOLIOS_BILL = "folios.bill"
    NIGHT_AUDITS_READ = "night_audits.read"
    NIGHT_AUDITS_RUN = "night_audits.run"
    NIGHT_AUDITS_MANAGE = "night_audits.manage"
    ASSIGNMENT_READ = "assignment.read"
    ASSIGNMENT_PLAN = "assignment.plan"
    ASSIGNMENT_MANAGE = "assignment.manage"
    ASSIGNMENT_OVERRIDE = "assignment.override"
    PAYMENTS_MANAGE = "payments.manage"
    OMDS_WRITE = "omds.write"
    JOBS_READ = "jobs.read"
    JOBS_WRITE = "jobs.write"
    OWN_STAY_READ = "own_stay.read"
    OWN_STAY_CANCEL = "own_stay.cancel"


REACH: Mapping[Action, Reach] = {
    Action.SESSION_USE: "own",
    Action.INVENTORY_READ: "inventory",
    Action.AVAILABILITY_READ: "inventory",
    Action.AVAILABILITY_OVERBOOK: "serves",
    Action.RATES_READ: "inventory",
    Action.RATES_MANAGE: "serves",
    Action.OFFERS_MAKE: "inventory",
    Action.MAINTENANCE_READ: "inventory",
    Action.MAINTENANCE_WRITE: "serves",
    Action.HOLD_BACKS_READ: "reads",
    Action.HOLD_BACKS_WRITE: "serves",
    Action.TICKETS_READ: "reads",
    Action.TICKETS_REPORT: "serves",
    Action.TICKETS_WORK: "serves",
    Action.TICKETS_MANAGE: "serves",
    Action.ROOMS_READ_CONDITION: "reads",
    Action.ROOMS_SET_CONDITION: "serves",
    Action.ROOMS_RESOLVE_DISCREPANCY: "serves",
    Action.ROOMS_CHECK_IN_UNREADY: "serves",
    Action.HOUSEKEEPING_MANAGE: "serves",
    Action.TASKS_READ: "reads",
    Action.TASKS_WORK: "serves",
    Action.TASKS_RUSH: "serves",
    Action.TASKS_SUPERVISE: "serves",
    Action.FOUND_ITEMS_WRITE: "serves",
    Action.RESERVATIONS_READ: "reads",
    Action.RESERVATIONS_CREATE: "serves",
    Action.RESERVATIONS_AMEND: "serves",
    Action.RESERVATIONS_CANCEL: "serves",
    Action.RESERVATIONS_CHECK_IN: "serves",
    Action.RESERVATIONS_WALK_IN: "serves",
    Action.RESERVATIONS_CHECK_OUT: "serves",
    Action.RESERVATIONS_NO_SHOW: "serves",
    Action.GUESTS_DOCUMENTS: "reads",
    Action.GUESTS_EXPORT: "serves",
    Action.GUESTS_ERASE: "serves",
    Action.REGISTRATION_MANAGE: "serves",
    Action.PROFILES_READ: "serves",
    Action.PROFILES_WRITE: "serves",
    Action.PROFILES_MERGE: "serves",
    Action.STAFF_READ: "administers",
    Action.STAFF_WRITE: "administers",
    Action.OWNERS_INVITE: "administers",
    Action.MEMBERS_WRITE: "administers",
    Action.KEYS_READ: "administers",
    Action.KEYS_WRITE: "administers",
    Action.CONSENTS_READ: "inventory",
    Action.CONSENTS_WRITE: "administers",
    Action.AUDIT_READ: "administers",
    Action.CHANGES_READ: "reads",
    Action.LIMITS_READ: "inventory",
    Action.WEBHOOKS_READ: "administers",
    Action.WEBHOOKS_WRITE: "administers",
    Action.TAXES_READ: "inventory",
    Action.TAXES_MANAGE: "administers",
    Action.TAXES_DECLARE: "inventory",
    Action.FOLIOS_READ: "reads",
    Action.FOLIOS_POST: "serves",
    Action.FOLIOS_CORRECT: "serves",
    Action.FOLIOS_BILL: "serves",
    Action.NIGHT_AUDITS_READ: "reads",
    Action.NIGHT_AUDITS_RUN: "serves",
    Action.NIGHT_AUDITS_MANAGE: "serves",
    Action.ASSIGNMENT_READ: "reads",
    Action.ASSIGNMENT_PLAN: "serves",
    Action.ASSIGNMENT_MANAGE: "serves",
    Action.ASSIGNMENT_OVERRIDE: "serves",
    Action.PAYMENTS_MANAGE: "serves",
    Action.OMDS_WRITE: "operates",
    Action.JOBS_READ: "operates",
    Action.JOBS_WRITE: "operates",
    Action.OWN_STAY_READ: "reads",
    Action.OWN_STAY_CANCEL: "serves",
}

_ANYBODY = {Action.SESSION_USE}
_SEES_ROOMS = {
    Action.INVENTORY_READ,
    Action.AVAILABILITY_READ,
    Action.MAINTENANCE_READ,
    Action.CONSENTS_READ,
    Action.LIMITS_READ,
    Action.TAXES_READ,
}
_SEES_PRICES = _SEES_ROOMS | {Action.RATES_READ, Action.OFFERS_MAKE}
_READS_STAYS = _SEES_PRICES | {
    Action.RESERVATIONS_READ,
    Action.CHANGES_READ,
    Action.FOLIOS_READ,
    Action.NIGHT_AUDITS_READ,
    Action.ASSIGNMENT_READ,
    Action.HOLD_BACKS_READ,
}
_KEEPS_THE_BOOKS = {Action.FOLIOS_POST, Action.FOLIOS_CORRECT, Action.FOLIOS_BILL, Action.TAXES_DECLARE}
_RUNS_THE_DESK = _READS_STAYS | {
    Action.MAINTENANCE_WRITE,
    Action.TICKETS_READ,
    Action.TICKETS_REPORT,
    Action.TICKETS_WORK,
    Action.ROOMS_READ_CONDITION,
    Action.ROOMS_SET_CONDITION,
    Action.ROOMS_RESOLVE_DISCREPANCY,
    Action.TASKS_READ,
    Action.TASKS_RUSH,
    Action.FOUND_ITEMS_WRITE,
    Action.RESERVATIONS_CREATE,
    Action.RESERVATIONS_AMEND,
    Action.RESERVATIONS_CANCEL,
    Action.RESERVATIONS_CHECK_IN,
    Action.RESERVATIONS_WALK_IN,
    Action.RESERVATIONS_CHECK_OUT,
    Action.RESERVATIONS_NO_SHOW,
    Action.GUESTS_DOCUMENTS,
    Action.PROFILES_READ,
    Action.PROFILES_WRITE,
    Action.FOLIOS_POST,
    Action.NIGHT_AUDITS_RUN,
    Action.ASSIGNMENT_PLAN,
}
_RUNS_THE_HOTEL = (
    _RUNS_THE_DESK
    | _KEEPS_THE_BOOKS
    | {
        Action.AVAILABILITY_OVERBOOK,
        Action.HOLD_BACKS_WRITE,
        Action.RATES_MANAGE,
        Action.NIGHT_AUDITS_MANAGE,
        Action.ASSIGNMENT_MANAGE,
        Action.ASSIGNMENT_OVERRIDE,
        Action.ROOMS_CHECK_IN_UNREADY,
        Action.HOUSEKEEPING_MANAGE,
        Action.TICKETS_MANAGE,
        Action.TASKS_WORK,
        Action.TASKS_SUPERVISE,
        Action.GUESTS_EXPORT,
        Action.GUESTS_ERASE,
        Action.REGISTRATION_MANAGE,
        Action.PROFILES_MERGE,
        Action.STAFF_READ,
        Action.STAFF_WRITE,
        Action.KEYS_READ,
        Action.AUDIT_READ,
        Action.WEBHOOKS_READ,
        Action.WEBHOOKS_WRITE,
        Action.TAXES_MANAGE,
        Action.PAYMENTS_MANAGE,
    }
)

ROLES: Mapping[Role, frozenset[Action]] = {
    "operator": frozenset(_ANYBODY | {Action.OMDS_WRITE, Action.JOBS_READ, Action.JOBS_WRITE}),
    "omd_administrator": frozenset(
        _ANYBODY
        | _SEES_PRICES
        | {
            Action.MEMBERS_WRITE,
            Action.OWNERS_INVITE,
            Action.STAFF_READ,
            Action.STAFF_WRITE,
            Action.KEYS_READ,
            Action.KEYS_WRITE,
            Action.AUDIT_READ,
            Action.WEBHOOKS_READ,
            Action.WEBHOOKS_WRITE,
            Action.TAXES_MANAGE,
            Action.TAXES_DECLARE,
        }
    ),
    "omd_analyst": frozenset(_ANYBODY | _SEES_PRICES | {Action.TAXES_DECLARE}),
    "owner": frozenset(_ANYBODY | _RUNS_THE_HOTEL | {Action.KEYS_WRITE, Action.CONSENTS_WRITE}),
    "manager": frozenset(_ANYBODY | _RUNS_THE_HOTEL),
    "receptionist": frozenset(_ANYBODY | _RUNS_THE_DESK),
    "housekeeper": frozenset(
        _ANYBODY
        | _SEES_ROOMS
        | {
            Action.MAINTENANCE_WRITE,
            Action.TICKETS_READ,
            Action.TICKETS_REPORT,
            Action.ROOMS_READ_CONDITION,
            Action.ROOMS_SET_CONDITION,
            Action.TASKS_READ,
            Action.TASKS_WORK,
            Action.FOUND_ITEMS_WRITE,
        }
    ),
    "technician": frozenset(
        _ANYBODY
        | _SEES_ROOMS
        | {
            Action.MAINTENANCE_WRITE,
            Action.TICKETS_READ,
            Action.TICKETS_REPORT,
            Action.TICKETS_WORK,
            Action.ROOMS_READ_CONDITION,
        }
    ),
    "accountant": frozenset(_ANYBODY | _READS_STAYS | _KEEPS_THE_BOOKS),
    "guest": frozenset({Action.OWN_STAY_READ, Action.OWN_STAY_CANCEL}),
}
"""What each role may do. A role of the destination does it for the destination itself: of what it sees in a hotel,
it reaches rooms and totals; inviting a hotel's owners is the one thing it administers there. A guest does it for the
one stay that is theirs, whose code and surname they showed."""

HOTEL_SCOPES: frozenset[Action] = frozenset(
    _RUNS_THE_DESK - {Action.GUESTS_DOCUMENTS}
    | {Action.AVAILABILITY_OVERBOOK, Action.HOLD_BACKS_WRITE, Action.RATES_MANAGE}
    | {Action.TASKS_WORK, Action.TASKS_SUPERVISE}
)
"""What a hotel's key may do at most: programs never administer people, keys or consents, nor read documents or hand
guests' data out."""

OMD_SCOPES: frozenset[Action] = frozenset(_SEES_PRICES | {Action.RESERVATIONS_READ, Action.CHANGES_READ})
"""What a destination's key may do at most: stays it reads where the hotel consented, and nowhere else."""

MAY_GIVE: Mapping[Role, tuple[Role, ...]] = {
    "operator": ("omd_administrator",),
    "omd_administrator": OMD_ROLES,
    "owner": HOTEL_ROLES,
    "manager": tuple(role for role in HOTEL_ROLES if role != "owner"),
}
"""Which roles a role gives and takes; the trigger on memberships holds it. A hotel's first owner is the exception:
the destination's administrator invites them."""
