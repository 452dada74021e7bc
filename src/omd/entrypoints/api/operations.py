"""Which action each operation of the API is; the permissions of `omd.features.identity` say who may do it."""

from collections.abc import Mapping

from omd.features.identity import Action

OPERATIONS: Mapping[str, Action | None] = {
    "getOmd": Action.INVENTORY_READ,
    "listBusinesses": Action.INVENTORY_READ,
    "getBusiness": Action.INVENTORY_READ,
    "listRoomTypes": Action.INVENTORY_READ,
    "listRooms": Action.INVENTORY_READ,
    "getBusinessAvailability": Action.AVAILABILITY_READ,
    "getDestinationAvailability": Action.AVAILABILITY_READ,
    "setOverbooking": Action.AVAILABILITY_OVERBOOK,
    "getHouseOverbooking": Action.AVAILABILITY_READ,
    "setHouseOverbooking": Action.AVAILABILITY_OVERBOOK,
    "removeHouseOverbooking": Action.AVAILABILITY_OVERBOOK,
    "listMaintenance": Action.MAINTENANCE_READ,
    "startMaintenance": Action.MAINTENANCE_WRITE,
    "endMaintenance": Action.MAINTENANCE_WRITE,
    "listReservations": Action.RESERVATIONS_READ,
    "getReservation": Action.RESERVATIONS_READ,
    "createReservation": Action.RESERVATIONS_CREATE,
    "amendReservation": Action.RESERVATIONS_AMEND,
    "cancelReservation": Action.RESERVATIONS_CANCEL,
    "checkIn": Action.RESERVATIONS_CHECK_IN,
    "undoCheckIn": Action.RESERVATIONS_CHECK_IN,
    "checkOut": Action.RESERVATIONS_CHECK_OUT,
    "markNoShow": Action.RESERVATIONS_NO_SHOW,
    "listReservationChanges": Action.CHANGES_READ,
    "showDocuments": Action.GUESTS_DOCUMENTS,
    "exportGuest": Action.GUESTS_EXPORT,
    "eraseGuest": Action.GUESTS_ERASE,
    "listBusinessAudit": Action.AUDIT_READ,
    "listOmdAudit": Action.AUDIT_READ,
}
"""By operation id; None is open to everybody. A test finds the operation that is missing here."""
