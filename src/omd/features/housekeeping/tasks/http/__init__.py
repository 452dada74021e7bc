"""Tasks of housekeeping over HTTP."""

from litestar import Router

from omd.features.housekeeping.tasks.http.devices import HousekeepingCommands
from omd.features.housekeeping.tasks.http.planning import HousekeepingPlan
from omd.features.housekeeping.tasks.http.tasks import HousekeepingTasks

router = Router(path="", route_handlers=[HousekeepingTasks, HousekeepingPlan, HousekeepingCommands])
