"""omd payments: the test provider of card payments."""

import asyncio
from typing import Annotated

import typer
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from omd.entrypoints.addresses import check_free
from omd.infra.payments import sandbox_app
from omd.kernel.clock import SystemClock

payments_app = typer.Typer(no_args_is_help=True, help="Card payments.")


@payments_app.callback()
def describe() -> None:
    """Card payments: the provider to try them with, by which no money moves."""


@payments_app.command("serve-test")
def serve_test(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen at, on this machine only.")] = 8090,
) -> None:
    """Be the test provider, until Ctrl-C: point OMD_TEST_PAYMENTS_URL of the servers and workers here.

    It takes the tokens of docs/howto/card-payments.md for cards, and keeps what it was asked for in memory alone.
    """
    check_free("127.0.0.1", port, "--port", "--port")
    url = f"http://127.0.0.1:{port}"
    typer.echo(f"The test provider listens at {url}.")
    asyncio.run(_serve(url, port))


async def _serve(url: str, port: int) -> None:
    app = sandbox_app(SystemClock(), public_url=url)
    await Server(
        app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    ).serve()
