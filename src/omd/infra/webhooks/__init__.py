"""Webhooks: addresses outside that are told of events, signed, in order, again and again until they answer."""

from omd.infra.webhooks.deliverer import Deliverer, Terms
from omd.infra.webhooks.errors import CONSTRAINT_ERRORS
from omd.infra.webhooks.model import Attempt, Claimed, Delivery, Place, Status, Webhook
from omd.infra.webhooks.planner import Planner
from omd.infra.webhooks.renewal import renew_webhook_secrets
from omd.infra.webhooks.target import Outcome, Sender
from omd.infra.webhooks.upkeep import purge_webhooks

__all__ = [
    "CONSTRAINT_ERRORS",
    "Attempt",
    "Claimed",
    "Deliverer",
    "Delivery",
    "Outcome",
    "Place",
    "Planner",
    "Sender",
    "Status",
    "Terms",
    "Webhook",
    "purge_webhooks",
    "renew_webhook_secrets",
]
