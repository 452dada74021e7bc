"""The log of slow statements: which, how long, for whom, and by which plan, without any value that was asked for."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from math import inf
from time import monotonic
from typing import Any

import asyncpg
import msgspec
import structlog

from omd.db.measuring import Run
from omd.kernel.errors import OmdError

PLAN_EVERY_SECONDS = 60.0
PLAN_PATIENCE_SECONDS = 5.0

_log = structlog.get_logger(__name__)

_KEPT = frozenset(
    {
        *("Node Type", "Operation", "Relation Name", "Alias", "Index Name", "Function Name", "CTE Name"),
        *("Join Type", "Parent Relationship", "Subplan Name", "Strategy", "Partial Mode", "Scan Direction"),
        *("Startup Cost", "Total Cost", "Plan Rows", "Plan Width", "Subplans Removed", "Workers Planned"),
    }
)
"""What of a node names no value. What PostgreSQL adds one day is left out until somebody has looked at it."""

_CONDITIONS = frozenset(
    {
        *("Filter", "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "TID Cond"),
        "One-Time Filter",
    }
)
_CONSTANT = re.compile(
    r"""(?P<name>"(?:[^"]|"")*"|(?:Init|Sub)Plan \d+)|[EeBbXx]?'(?:[^']|'')*'|(?<![\w$.])-?\d[\w.+-]*"""
)
"""A constant as PostgreSQL writes it in a condition: it doubles every quote inside one.

A quoted name is none, nor is the number of a plan within the plan.
"""


class SlowStatements:
    """Logs what takes at least `seconds`, and asks for its plan: of one at a time, and a minute apart for each name."""

    def __init__(self, seconds: float | None, explain: Callable[[Run], Awaitable[str]]) -> None:
        self.seconds = inf if seconds is None else seconds
        self._explain = explain
        self._planned_at: dict[str, float] = {}
        self._planning: asyncio.Task[None] | None = None

    def note(self, run: Run, seconds: float) -> None:
        """Log a run that took `seconds`, and begin to ask for its plan where one is due."""
        about = _about(run)
        _log.warning("slow_statement", duration_ms=round(seconds * 1000, 1), **about)
        name, now = run.statement.full_name, monotonic()
        if now - self._planned_at.get(name, -inf) < PLAN_EVERY_SECONDS:
            return
        if self._planning is None or self._planning.done():
            self._planned_at[name] = now
            # A transaction of its own: a plan that cannot be made must not cost the one that was slow.
            self._planning = asyncio.create_task(self._tell_plan(run, about))

    async def close(self) -> None:
        """Ask for no plan any more; wait for the one that is being asked for."""
        if self._planning is not None:
            self._planning.cancel()
            await asyncio.gather(self._planning, return_exceptions=True)
            self._planning = None

    async def _tell_plan(self, run: Run, about: dict[str, object]) -> None:
        try:
            async with asyncio.timeout(PLAN_PATIENCE_SECONDS):
                plan = await self._explain(run)
        except (OmdError, TimeoutError, asyncpg.PostgresError) as error:
            _log.info("slow_statement_without_plan", error=type(error).__name__, **about)
            return
        _log.warning("slow_statement_plan", plan=plan_without_values(plan), **about)


def _about(run: Run) -> dict[str, object]:
    told: dict[str, object] = {"statement": run.statement.full_name, "source": run.statement.source}
    if run.actor is not None:
        told |= {"omd_id": run.actor.omd_id, "scope": run.actor.scope}
    return told


def plan_without_values(text: str) -> dict[str, object]:
    """Return the plan of an EXPLAIN (FORMAT JSON): its nodes, and their conditions with `?` for every constant."""
    (plan,) = msgspec.json.decode(text)
    return _node(plan["Plan"])


def _node(node: dict[str, Any]) -> dict[str, object]:
    kept: dict[str, object] = {name: value for name, value in node.items() if name in _KEPT}
    kept |= {name: without_constants(node[name]) for name in _CONDITIONS & node.keys()}
    if "Plans" in node:
        kept["Plans"] = [_node(each) for each in node["Plans"]]
    return kept


def without_constants(condition: str) -> str:
    """Return a condition of a plan with `?` in the place of every constant."""
    return _CONSTANT.sub(lambda match: match["name"] or "?", condition)
