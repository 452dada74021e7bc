"""Assignment: which room each stay gets, proposed with reasons, applied at once, undone at once."""

from omd.features.assignment.errors import CONSTRAINT_ERRORS
from omd.features.assignment.solver import Solver
from omd.features.assignment.upkeep import purge_plans

__all__ = ["CONSTRAINT_ERRORS", "Solver", "purge_plans"]
