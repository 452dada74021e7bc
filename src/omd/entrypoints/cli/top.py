"""omd top: a server's live figures in a terminal."""

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from omd.entrypoints.settings import Settings, load_settings
from omd.entrypoints.top import FiguresNotTold, read_figures, render

EVERY_SECONDS = 2.0


def top(
    once: Annotated[bool, typer.Option("--once", help="Print the totals since the start, once.")] = False,
    every: Annotated[float, typer.Option(min=0.2, max=60, help="Seconds between two looks.")] = EVERY_SECONDS,
    url: Annotated[str | None, typer.Option(help="Where a server tells its figures.")] = None,
) -> None:
    """Show a server's figures as they change: requests, statements, the pool, what is refused. Ctrl-C ends it.

    Reads what `omd serve` tells at OMD_METRICS_PORT.
    """
    address = url or _address(load_settings())
    console, before = Console(), read_figures(address)
    if once:
        console.print(render(before, None))
        return
    with Live(render(before, None), console=console, screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(every)
            try:
                now = read_figures(address)
            except FiguresNotTold as gone:
                # Who watches a server wants to see it go, and come back.
                live.update(Text(f"{gone.title}. {gone.detail}", style="bold red"), refresh=True)
                continue
            live.update(render(now, before), refresh=True)
            before = now


def _address(settings: Settings) -> str:
    if settings.metrics_port is None:
        raise FiguresNotTold(
            "Start the server with OMD_METRICS_PORT set, such as 9464, and set it here to the same, "
            "or name the address: omd top --url http://127.0.0.1:9464/metrics"
        )
    host = f"[{settings.metrics_host}]" if ":" in settings.metrics_host else settings.metrics_host
    return f"http://{host}:{settings.metrics_port}/metrics"
