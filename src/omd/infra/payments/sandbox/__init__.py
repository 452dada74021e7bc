"""The test provider: a server of its own, and the way the product reaches it."""

from omd.infra.payments.sandbox.client import SandboxProvider
from omd.infra.payments.sandbox.model import TOKENS
from omd.infra.payments.sandbox.peer import sandbox_app

__all__ = ["TOKENS", "SandboxProvider", "sandbox_app"]
