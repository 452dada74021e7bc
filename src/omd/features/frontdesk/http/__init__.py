"""The desk over HTTP: its lists, its day, the room planner."""

from litestar import Router

from omd.features.frontdesk.http.lists import DeskLists
from omd.features.frontdesk.http.planner import RoomPlanner
from omd.features.frontdesk.remembered import AtDesk, DeskMemory

__all__ = ["AtDesk", "DeskMemory", "router"]

router = Router(path="", route_handlers=[DeskLists, RoomPlanner])
