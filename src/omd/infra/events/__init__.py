"""What happened, in one order for everybody: the relay gives events their positions, a tail reads them."""

from omd.infra.events.channels import Channel, Channels, Message, Render, Subscription
from omd.infra.events.model import Event
from omd.infra.events.queries import list_events_after, list_omd_events_after
from omd.infra.events.relay import Relay
from omd.infra.events.tail import Tail

__all__ = [
    "Channel",
    "Channels",
    "Event",
    "Message",
    "Relay",
    "Render",
    "Subscription",
    "Tail",
    "list_events_after",
    "list_omd_events_after",
]
