"""What happened, in one order for everybody: the relay gives events their positions, a tail reads them."""

from omd.infra.events.channels import Channel, Channels, Message, Render, Subscription
from omd.infra.events.model import Event
from omd.infra.events.queries import find_newest_event_at, list_events_after, list_omd_events_after
from omd.infra.events.relay import Relay
from omd.infra.events.tail import Tail
from omd.infra.events.watch import Watch

__all__ = [
    "Channel",
    "Channels",
    "Event",
    "Message",
    "Relay",
    "Render",
    "Subscription",
    "Tail",
    "Watch",
    "find_newest_event_at",
    "list_events_after",
    "list_omd_events_after",
]
