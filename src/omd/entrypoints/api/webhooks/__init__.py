"""Webhooks over HTTP: of a hotel, and of a destination."""

from litestar import Router

from omd.entrypoints.api.webhooks.of_business import BusinessWebhooks
from omd.entrypoints.api.webhooks.of_omd import OmdWebhooks

router = Router(path="", route_handlers=[BusinessWebhooks, OmdWebhooks])

__all__ = ["router"]
