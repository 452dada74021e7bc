"""The settings of the programs, read from the environment once and passed down."""

import os
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

import omd
from omd.features.identity import ProviderSettings
from omd.features.identity.limits import Quotas, parse_quotas
from omd.infra.http.arrival import parse_networks
from omd.infra.http.gate import GatePolicy
from omd.kernel.errors import FieldProblem, OmdError

PREFIX = "OMD_"

LogLevel = Literal["debug", "info", "warning", "error"]
PostgresUrl = Annotated[str, msgspec.Meta(pattern="^postgres(ql)?://")]
RedisUrl = Annotated[str, msgspec.Meta(pattern="^(redis|rediss|unix)://")]
PublicUrl = Annotated[str, msgspec.Meta(pattern="^https?://[^/@?#\\s]+$")]
SmtpUrl = Annotated[str, msgspec.Meta(pattern="^smtps?://")]


class SettingsInvalid(OmdError):
    """One or more settings in the environment cannot be used."""

    code = "settings_invalid"
    status = 422
    title = "The settings are not valid"


class Settings(msgspec.Struct, frozen=True):
    """Where the data lives and how the API is served; each field is the variable `OMD_` + its name in capitals.

    Without `database_url` PostgreSQL is embedded in `home`, without `redis_url` Redis is. `owner_database_url`
    is the login that migrates, `events_database_url` the one that reads all tenants' events to pass them on; without
    them `database_url` does both. `pool_size` counts connections of one worker.

    `secret_keys` encrypt what the database must not read, the newest first; the embedded servers get a file of them
    in `home`. `public_url` is where people reach the API, for links and cookies; without it `host` and `port` are.
    Without `smtp_url` mail is written into `home`. `oidc_providers` is a JSON array of `ProviderSettings`.
    `idle_minutes` end a session that nobody uses, `session_hours` any.
    `rate_limits` changes the platform's limits, as `search.caller=600/60, *.platform=200000/10`, or is `off`.
    `trusted_proxies` are networks whose word on the client is taken, `allowed_hosts` the names answered for,
    `cors_origins` the sites whose pages may call the API; all three are lists by commas, and empty.
    `metrics_port` of `metrics_host` tells a server's figures, to whoever reaches it, `worker_metrics_port` those of an
    `omd worker`; without one nobody is told.
    `otlp_endpoint` is where traces go, without one nowhere.
    `slow_statement_ms` is from when on a statement is logged with its plan; 0 logs none.
    `stale_seconds` is how long searches are answered from memory while PostgreSQL is away; 0 answers none.
    `dead_kept_days` is how long what was given up, jobs and messages of webhooks, waits for somebody to look at it.
    `webhooks_to_loopback` lets webhooks lead to this machine, without TLS too: for development alone.
    `test_payments_url` is where `omd payments serve-test` is reached; without it hotels cannot choose that provider.
    """

    home: Path
    database_url: PostgresUrl | None = None
    owner_database_url: PostgresUrl | None = None
    events_database_url: PostgresUrl | None = None
    redis_url: RedisUrl | None = None
    host: Annotated[str, msgspec.Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8000
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    pool_size: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    log_level: LogLevel = "info"
    secret_keys: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    public_url: PublicUrl | None = None
    smtp_url: SmtpUrl | None = None
    mail_from: Annotated[str, msgspec.Meta(pattern="^[^\\s@<>]+@[^\\s@<>]+$")] = "omd@localhost"
    oidc_providers: Annotated[str, msgspec.Meta(min_length=2)] | None = None
    idle_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 30
    session_hours: Annotated[int, msgspec.Meta(ge=1, le=168)] = 12
    rate_limits: str = ""
    trusted_proxies: str = ""
    allowed_hosts: str = ""
    cors_origins: str = ""
    streams_per_caller: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 100
    metrics_host: Annotated[str, msgspec.Meta(min_length=1)] = "127.0.0.1"
    metrics_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = None
    worker_metrics_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = None
    otlp_endpoint: PublicUrl | None = None
    slow_statement_ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)] = 250
    stale_seconds: Annotated[int, msgspec.Meta(ge=0, le=120)] = 120
    dead_kept_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 90
    webhooks_to_loopback: bool = False
    test_payments_url: PublicUrl | None = None

    @property
    def slow_seconds(self) -> float | None:
        """Return from how many seconds on a statement is slow; None when none is."""
        return self.slow_statement_ms / 1000 if self.slow_statement_ms else None

    @property
    def dead_kept(self) -> timedelta:
        """Return for how long what was given up is kept."""
        return timedelta(days=self.dead_kept_days)

    @property
    def providers(self) -> tuple[ProviderSettings, ...]:
        """Return the OpenID Connect providers by which people sign in; raise `SettingsInvalid`, quoting none of it."""
        if self.oidc_providers is None:
            return ()
        try:
            return msgspec.json.decode(self.oidc_providers, type=tuple[ProviderSettings, ...])
        except msgspec.DecodeError as error:
            said = f"must be a JSON array of objects with name, issuer (https), client_id and client_secret: {error}"
            problem = FieldProblem(f"{PREFIX}OIDC_PROVIDERS", "invalid_setting", said)
            raise SettingsInvalid("Correct this variable of the environment.", problems=(problem,)) from None

    @property
    def reached_at(self) -> str:
        """Return the address at which people reach the API, without a path."""
        return self.listens_at if self.public_url is None else self.public_url

    @property
    def listens_at(self) -> str:
        """Return the address at which the API listens on this machine, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

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
    "secret_keys": "keys made by `omd key create`, commas between",
    "public_url": "an address without a path, such as https://rooms.example",
    "smtp_url": "an address such as smtp://login:password@mail.example:587",
    "mail_from": "an e-mail address",
    "oidc_providers": "a JSON array of providers",
    "idle_minutes": "a number from 1 to 1440",
    "session_hours": "a number from 1 to 168",
    "rate_limits": "off, or a list of class.share=requests/seconds such as search.caller=600/60",
    "trusted_proxies": "a list of networks such as 10.0.0.0/8, ::1",
    "allowed_hosts": "a list of host names such as api.example.org, *.example.org",
    "webhooks_to_loopback": "true or false",
    "cors_origins": "a list of origins such as https://www.example.org",
    "metrics_host": "an address or name of this machine, such as 127.0.0.1",
    "metrics_port": "a number from 1 to 65535",
    "worker_metrics_port": "a number from 1 to 65535",
    "otlp_endpoint": "an address without a path, such as http://127.0.0.1:4318",
    "slow_statement_ms": "a number from 0 to 600000",
    "stale_seconds": "a number from 0 to 120",
    "dead_kept_days": "a number from 1 to 3650",
    "test_payments_url": "an address without a path, such as http://127.0.0.1:8090",
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
_SECRET = {"database_url", "owner_database_url", "redis_url", "secret_keys", "smtp_url", "oidc_providers"}


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
    settings = Settings(**values)
    _ = settings.providers
    return settings


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
