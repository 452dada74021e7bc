"""Reservations on the command line."""

from omd.features.reservations.cli.availability import availability
from omd.features.reservations.cli.replay import replay
from omd.features.reservations.cli.stays import stay_app

__all__ = ["availability", "replay", "stay_app"]
