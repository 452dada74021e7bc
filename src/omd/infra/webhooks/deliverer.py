"""Delivering: attempts, in order of each aggregate, many at once, each of them bounded.

A delivery is claimed for a minute, and no transaction is open while its target is asked: a worker that is killed
leaves its claims to the next one when the minute is over, so every message is delivered at least once,
with the same id.
"""

import asyncio
import math
from collections import Counter as Counted
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Counter, Gauge

from omd.db import Database, Transaction
from omd.infra.events import Event
from omd.infra.keyring import Keyring, SecretUnreadable
from omd.infra.pace import Pace
from omd.infra.webhooks import queries, work_queries
from omd.infra.webhooks.backoff import GIVES_UP_AFTER, Backoff, asked_until
from omd.infra.webhooks.model import Claimed, Place, SecretRow, secret_context
from omd.infra.webhooks.planner import Planner
from omd.infra.webhooks.signing import signed_headers
from omd.infra.webhooks.target import Outcome, Sender
from omd.kernel.clock import Clock
from omd.kernel.errors import OmdError

POLL_SECONDS = 0.1
IDLE_SECONDS = 0.3
AWAY_SECONDS = 0.5
MOST_AT_ONCE = 200
MOST_OF_TENANT = 25
"""So that one whose targets all hang leaves the others most of the places."""

MOST_EACH = 4
"""Requests under way to one target; to one that fails, one."""

CLAIM_LASTS = timedelta(minutes=1)

Tell = Callable[[Place, Event], Awaitable[bytes | None]]
"""Makes the message for a place, of what is true now; None when there is nothing to tell."""

OnFailure = Callable[[Place, UUID], Awaitable[None]]
"""Hears that a webhook of a place fails, again and again: it tells the webhook's owners, once, when it is time."""

TELLS_EVERY_SECONDS = 60.0

ATTEMPTS = Counter("omd_webhook_attempts_total", "Attempts to deliver, by what came of them.", ["outcome"])
UNDER_WAY = Gauge("omd_webhook_attempts_under_way", "Attempts under way.", multiprocess_mode="livesum")
_log = structlog.get_logger(__name__)


class Terms(msgspec.Struct, frozen=True):
    """How much at once, and when again."""

    most_at_once: int = MOST_AT_ONCE
    most_of_tenant: int = MOST_OF_TENANT
    most_each: int = MOST_EACH
    claim_lasts: timedelta = CLAIM_LASTS
    backoff: Backoff = Backoff()


class Deliverer:
    """Plans and delivers, on a database of the role omd_relay, for as long as it runs; any number may run."""

    def __init__(
        self,
        db: Database,
        planner: Planner,
        sender: Sender,
        tell: Tell,
        *,
        keyring: Keyring,
        clock: Clock,
        on_failure: OnFailure,
        terms: Terms | None = None,
    ) -> None:
        self._db = db
        self._planner = planner
        self._sender = sender
        self._tell = tell
        self._keyring = keyring
        self._clock = clock
        self._on_failure = on_failure
        self._terms = terms or Terms()
        self._under_way: dict[asyncio.Task[None], int] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until told to stop; then break off what is under way, and leave it to the next worker at once."""
        told_at = -math.inf
        pace = Pace(POLL_SECONDS, IDLE_SECONDS)
        while not stopping.is_set():
            try:
                if monotonic() - told_at >= TELLS_EVERY_SECONDS:
                    await self.tell_failures()
                    told_at = monotonic()
                is_busy = await self._planner.step()
                is_busy = bool(await self.begin()) or is_busy
                wait = pace.after(came=is_busy or bool(self._under_way))
                wait = 0.0 if is_busy else wait
            except OmdError as error:
                _log.warning("webhooks_wait", code=error.code, detail=error.detail)
                wait = AWAY_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), wait)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def step(self) -> int:
        """Plan what is new, attempt what is due, wait for what comes of it; return how many were attempted."""
        while await self._planner.step():
            pass
        begun = await self.begin()
        await asyncio.gather(*begun)
        return len(begun)

    async def tell_failures(self) -> None:
        """Have the owners of what fails told: of what a worker that died, or no attempt any more, left untold."""
        async with self._db.reading(None) as tx:
            untold = await work_queries.list_untold(tx)
        for each in untold:
            await self._tell_failure(Place(each.omd_id, each.business_id), each.id)

    async def begin(self) -> list[asyncio.Task[None]]:
        """Claim what is due and begin its attempts; raise `DatabaseUnavailable`."""
        terms = self._terms
        free = terms.most_at_once - len(self._under_way)
        if free <= 0:
            return []
        busy = Counted(self._under_way.values())
        now = self._clock.now()
        until = now + terms.claim_lasts

        async def claim(tx: Transaction) -> list[Claimed]:
            return await work_queries.claim_deliveries(
                tx,
                most=free,
                most_each=terms.most_each,
                most_of_tenant=terms.most_of_tenant,
                busy=busy,
                now=now,
                until=until,
            )

        begun = {asyncio.create_task(self._attempt(each)): each.omd_id for each in await self._db.write(None, claim)}
        self._under_way.update(begun)
        for task in begun:
            task.add_done_callback(self._ended)
        UNDER_WAY.set(len(self._under_way))
        return list(begun)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        UNDER_WAY.set(len(self._under_way))

    async def _attempt(self, claimed: Claimed) -> None:
        try:
            body = await self._tell(claimed.place, claimed.event)
            if body is None:
                await self._db.write(None, lambda tx: work_queries.drop_delivery(tx, claimed))
                return
            outcome = await self._sender.post(claimed.url, body, self._headers(claimed, body))
            await self._conclude(claimed, outcome)
        except SecretUnreadable as error:
            _log.error("webhook_not_signed", webhook=str(claimed.subscription_id), detail=error.detail)
            await self._conclude(claimed, Outcome(None, "not_signed", 0))
        except OmdError as error:
            # Neither told nor put on record: the claim ends by itself, and the attempt is made again.
            _log.warning("webhook_attempt_lost", code=error.code, webhook=str(claimed.subscription_id))
        except asyncio.CancelledError:
            await self._db.write(None, lambda tx: work_queries.release_delivery(tx, claimed))
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is
            # A defect counts as an attempt that failed: else the target would be asked for ever, and nobody told.
            _log.error("webhook_attempt_failed", webhook=str(claimed.subscription_id), exc_info=error)
            await self._conclude(claimed, Outcome(None, "internal", 0))

    def _headers(self, claimed: Claimed, body: bytes) -> dict[str, str]:
        row = SecretRow(claimed.url, claimed.secret, claimed.old_secret, claimed.overlap_until)
        secret_of = secret_context(claimed.subscription_id)
        now = self._clock.now()
        sealed = [row.secret]
        if row.old_secret is not None and row.overlap_until is not None and now < row.overlap_until:
            sealed.append(row.old_secret)
        return signed_headers(
            claimed.message_id, body, [self._keyring.decrypt(each, secret_of) for each in sealed], now=now
        )

    async def _conclude(self, claimed: Claimed, outcome: Outcome) -> None:
        ATTEMPTS.labels(outcome.error or f"{(outcome.status or 0) // 100}xx").inc()
        await self._db.write(None, lambda tx: self._write_down(tx, claimed, outcome))
        if outcome.status is None:
            await self._give_up_old(claimed)
        if not outcome.delivered:
            _log.info(
                "webhook_failed",
                webhook=str(claimed.subscription_id),
                position=claimed.position,
                attempts=claimed.attempts,
                status=outcome.status,
                error=outcome.error,
            )
            await self._tell_failure(claimed.place, claimed.subscription_id)

    async def _give_up_old(self, claimed: Claimed) -> None:
        now = self._clock.now()

        async def give_up(tx: Transaction, most: int) -> int:
            return await work_queries.give_up_old(tx, claimed, planned_before=now - GIVES_UP_AFTER, now=now, most=most)

        await self._db.write_in_batches(None, give_up)

    async def _tell_failure(self, place: Place, webhook_id: UUID) -> None:
        try:
            await self._on_failure(place, webhook_id)
        except OmdError as error:
            _log.warning("webhook_failure_untold", webhook=str(webhook_id), code=error.code)
        except Exception as error:  # noqa: BLE001 - whatever it is
            # The attempt is on record and must not be taken for another one; who is untold is found again.
            _log.error("webhook_failure_untold", webhook=str(webhook_id), exc_info=error)

    async def _write_down(self, tx: Transaction, claimed: Claimed, outcome: Outcome) -> None:
        now, backoff = self._clock.now(), self._terms.backoff
        again = backoff.next_attempt(claimed.attempts, since=claimed.planned_at, now=now)
        asked = asked_until(outcome.retry_after, now=now)
        if again is not None and asked is not None:
            again = max(again, asked)
        if outcome.delivered:
            status, ended_at = "delivered", now
        elif again is None or outcome.gone:
            status, ended_at = "dead", now
        else:
            status, ended_at = "pending", None
        is_ours = await work_queries.end_attempt(
            tx,
            claimed,
            status=status,
            next_attempt_at=again or now,
            last_status=outcome.status,
            last_error=outcome.error,
            ended_at=ended_at,
        )
        if not is_ours:
            # Deleted meanwhile, or claimed by another when the claim had run out: theirs is the word.
            return
        await queries.add_attempt(
            tx, claimed.place, claimed.subscription_id, outcome, position=claimed.position, now=now
        )
        if outcome.delivered:
            await work_queries.note_success(tx, claimed, now=now)
            return
        unanswered = claimed.unanswered + 1 if outcome.status is None else 0
        rests_until = backoff.rests_until(unanswered, now=now) if unanswered else asked
        await work_queries.note_failure(
            tx, claimed, unanswered=unanswered, rests_until=rests_until, is_gone=outcome.gone, now=now
        )
