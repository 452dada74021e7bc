"""The program `omd`: every command of the platform."""

import signal
import sys
from types import FrameType

import typer
from rich.console import Console

from omd.entrypoints.cli.check import check
from omd.entrypoints.cli.context import ProgramContext
from omd.entrypoints.cli.db import db_app
from omd.entrypoints.cli.demo import demo
from omd.entrypoints.cli.job import job_app
from omd.entrypoints.cli.key import key_app
from omd.entrypoints.cli.night_audit import night_audit_app
from omd.entrypoints.cli.payments import payments_app
from omd.entrypoints.cli.serve import serve
from omd.entrypoints.cli.top import top
from omd.entrypoints.cli.upkeep import upkeep
from omd.entrypoints.cli.worker import worker
from omd.features.availability.cli import import_app
from omd.features.identity.cli import token_app
from omd.features.identity.limits.cli import limit_app
from omd.features.identity.staff.cli import user_app
from omd.features.reservations.cli import (
    availability,
    maintenance_app,
    overbooking_app,
    replay,
    retention_app,
    stay_app,
)
from omd.infra.command_line import print_refusal
from omd.kernel.errors import OmdError

INTERRUPTED = 128

app = typer.Typer(
    name="omd",
    help="The platform of a destination and its hotels.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(db_app, name="db")
app.add_typer(import_app, name="import")
app.add_typer(token_app, name="token")
app.add_typer(user_app, name="user")
app.add_typer(key_app, name="key")
app.add_typer(limit_app, name="limit")
app.command()(upkeep)
app.add_typer(retention_app, name="retention")
app.command()(check)
app.command()(availability)
app.add_typer(night_audit_app, name="night-audit")
app.add_typer(stay_app, name="stay")
app.add_typer(overbooking_app, name="overbooking")
app.add_typer(maintenance_app, name="maintenance")
app.command()(replay)
app.command()(serve)
app.command()(top)
app.command()(worker)
app.add_typer(job_app, name="job")
app.add_typer(payments_app, name="payments")
app.command()(demo)


@app.callback()
def prepare(ctx: typer.Context) -> None:
    """Give every command its surroundings."""
    ctx.obj = ctx.obj or ProgramContext()


def main() -> None:
    """Run the command that the arguments name; a refusal is a sentence on standard error and exit code 1."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # A signal that whoever started us wants ignored (nohup) stays ignored.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)
    try:
        app()
    except OmdError as error:
        print_refusal(error, Console(stderr=True))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED + signal.SIGINT)


def _leave(number: int, _frame: FrameType | None) -> None:
    """Leave in order, as after a Ctrl-C: everything that was started is stopped on the way out."""
    sys.exit(INTERRUPTED + number)
