"""What can go wrong with a server that the product starts itself."""

from omd.kernel.errors import OmdError


class EmbeddedServerFailed(OmdError):
    """An embedded server could not be installed, started, reached or stopped."""

    code = "embedded_server_failed"
    status = 503
    title = "The embedded server does not run"


class HomeInUse(OmdError):
    """Another process of the product works in the same home folder."""

    code = "home_in_use"
    status = 503
    title = "The home folder is in use"
