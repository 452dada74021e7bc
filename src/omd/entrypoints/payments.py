"""Which providers of card payments this installation reaches."""

from omd.entrypoints.settings import Settings
from omd.infra.payments import Providers, SandboxProvider


def providers_of(settings: Settings) -> Providers:
    """Return the providers that the settings name, by name: the test provider where it has an address."""
    if settings.test_payments_url is None:
        return {}
    return {SandboxProvider.name: SandboxProvider(settings.test_payments_url)}
