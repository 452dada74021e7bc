"""The API as `omd serve` runs it, but without a worker beside it: nobody relays events or sends webhooks."""

from bench.api_server import end_with_parent
from omd.entrypoints.api.app import create_app
from omd.entrypoints.serve import run_server
from omd.entrypoints.settings import load_settings


def main() -> None:
    """Serve until a signal or the end of the parent."""
    end_with_parent()
    settings = load_settings()
    run_server(settings, on_startup=lambda: None, log_level=settings.log_level, make_app=create_app)


if __name__ == "__main__":
    main()
