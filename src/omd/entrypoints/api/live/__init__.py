"""What happens, as it happens: streams of server-sent events for screens and programs."""

from omd.entrypoints.api.live.render import Renderer
from omd.entrypoints.api.live.resources import router
from omd.entrypoints.api.live.stream import LiveStreams, Recheck

__all__ = ["LiveStreams", "Recheck", "Renderer", "router"]
