"""What happened, in one order for everybody: the relay gives events their positions, a tail reads them."""

from omd.infra.events.model import Event
from omd.infra.events.relay import Relay
from omd.infra.events.tail import Tail

__all__ = ["Event", "Relay", "Tail"]
