"""The settings of the programs, read from the environment once and passed down."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

import omd
from omd.features.identity.limits import Quotas, parse_quotas
from omd.infra.http.arrival import parse_networks
from omd.infra.http.gate import GatePolicy
from omd.kernel.errors import FieldProblem, OmdError

PREFIX = "OMD_"

LogLevel = Literal["debug", "info", "warning", "error"]
PostgresUrl = Annotated[str, msgspec.Meta(pattern="^postgres(ql)?://")]
RedisUrl = Annotated[str, msgspec.Meta(pattern="^(redis|rediss|unix)://")]


class SettingsInvalid(OmdError):
    """One or more settings in the environment cannot be used."""

    code = "settings_invalid"
    status = 422
    title = "The settings are not valid"


class Settings(msgspec.Struct, frozen=True):
    """Where the data lives and how the API is served; each field is the variable `OMD_` + its name in capitals.

    Without `database_url` PostgreSQL is embedded in `home`, without `redis_url` Redis is. `owner_database_url`
    is the login that migrates; without it `database_url` does. `pool_size` counts connections of one worker.
    `rate_limits` changes the platform's limits, as `search.caller=600/60, *.platform=200000/10`, or is `off`.
    `trusted_proxies` are networks whose word on the client is taken, `allowed_hosts` the names answered for,
    `cors_origins` the sites whose pages may call the API; all three are lists by commas, and empty.
    """

    home: Path
    database_url: PostgresUrl | None = None
    owner_database_url: PostgresUrl | None = None
    redis_url: RedisUrl | None = None
    host: Annotated[str, msgspec.Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8000
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    pool_size: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    log_level: LogLevel = "info"
    rate_limits: str = ""
    trusted_proxies: str = ""
    allowed_hosts: str = ""
    cors_origins: str = ""

    def quotas(self) -> Quotas | None:
        """Return the platform's rate limits, None when nobody is limited."""
        return parse_quotas(self.rate_limits)

    def gate(self) -> GatePolicy:
        """Return whom the API believes and answers."""
        return GatePolicy(parse_networks(self.trusted_proxies), parse_hosts(self.allowed_hosts))

    def origins(self) -> tuple[str, ...]:
        """Return the sites whose pages may call the API."""
        return parse_origins(self.cors_origins)


_WANTED = {
    "home": "the path of a folder",
    "database_url": "an address such as postgresql://login:password@host:5432/database",
    "owner_database_url": "an address such as postgresql://login:password@host:5432/database",
    "redis_url": "an address such as redis://host:6379/0",
    "host": "an address or name of this machine, such as 127.0.0.1",
    "port": "a number from 1 to 65535",
    "workers": "a number from 1 to 64",
    "pool_size": "a number from 1 to 100",
    "log_level": "debug, info, warning or error",
    "rate_limits": "off, or a list of class.share=requests/seconds such as search.caller=600/60",
    "trusted_proxies": "a list of networks such as 10.0.0.0/8, ::1",
    "allowed_hosts": "a list of host names such as api.example.org, *.example.org",
    "cors_origins": "a list of origins such as https://www.example.org",
}
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.IGNORECASE)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?", re.IGNORECASE)


def parse_hosts(text: str) -> tuple[str, ...]:
    """Return the host names of a list by commas, in small letters; raise `ValueError` for what is none."""
    hosts = _words(text.lower())
    for each in hosts:
        if _HOST.fullmatch(each) is None:
            raise ValueError(f"{each!r} is no host name; write no port and no scheme")
    return hosts


def parse_origins(text: str) -> tuple[str, ...]:
    """Return the origins of a list by commas; raise `ValueError` for what is none, `*` among them."""
    origins = _words(text)
    for each in origins:
        if _ORIGIN.fullmatch(each) is None:
            raise ValueError(f"{each!r} is no origin; write its scheme and host, and nothing behind them")
    return origins


_PARSED: Mapping[str, Callable[[str], object]] = {
    "rate_limits": parse_quotas,
    "trusted_proxies": parse_networks,
    "allowed_hosts": parse_hosts,
    "cors_origins": parse_origins,
}
_SECRET = {"database_url", "owner_database_url", "redis_url"}


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; an empty variable counts as unset. Raises `SettingsInvalid` naming every one in the way."""
    given = os.environ if environment is None else environment
    values: dict[str, Any] = {"home": default_home()}
    problems = []
    for field in msgspec.structs.fields(Settings):
        variable = f"{PREFIX}{field.name.upper()}"
        text = given.get(variable, "").strip()
        if not text:
            continue
        try:
            values[field.name] = msgspec.convert(text, field.type, strict=False, dec_hook=_decode_path)
        except msgspec.ValidationError:
            # The address of a server may hold its password.
            shown = "" if field.name in _SECRET else f", not {text!r}"
            problems.append(FieldProblem(variable, "invalid_setting", f"must be {_WANTED[field.name]}{shown}"))
            continue
        try:
            _PARSED.get(field.name, str)(text)
        except ValueError as error:
            problems.append(FieldProblem(variable, "invalid_setting", f"must be {_WANTED[field.name]}: {error}"))
    if values.get("owner_database_url") and not values.get("database_url"):
        said = "is the second login of a server of your own: set OMD_DATABASE_URL as well, or neither"
        problems.append(FieldProblem(f"{PREFIX}OWNER_DATABASE_URL", "invalid_setting", said))
    if problems:
        raise SettingsInvalid("Correct these variables of the environment, or unset them.", problems=tuple(problems))
    return Settings(**values)


def default_home() -> Path:
    """Return `.omd` in the checkout that this program runs from; for an installed program, in the current folder."""
    checkout = Path(omd.__file__).resolve().parents[2]
    base = checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()
    return base / ".omd"


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _decode_path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str) and "\0" not in value:
        return Path(value).expanduser().absolute()
    raise TypeError(f"{value!r} is no {kind.__name__}")
