"""The desk over HTTP: its lists, its day, the room planner."""

from litestar import Router

from omd.features.frontdesk.http.lists import DeskLists
from omd.features.frontdesk.http.planner import RoomPlanner

router = Router(path="", route_handlers=[DeskLists, RoomPlanner])
