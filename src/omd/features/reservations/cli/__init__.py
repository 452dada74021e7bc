"""Reservations on the command line."""

from omd.features.reservations.cli.availability import availability
from omd.features.reservations.cli.maintenance import maintenance_app
from omd.features.reservations.cli.overbooking import overbooking_app
from omd.features.reservations.cli.replay import replay
from omd.features.reservations.cli.retention import retention_app
from omd.features.reservations.cli.stays import stay_app

__all__ = ["availability", "maintenance_app", "overbooking_app", "replay", "retention_app", "stay_app"]
