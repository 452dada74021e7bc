"""The cookie that keeps a person signed in."""

from urllib.parse import urlsplit

import msgspec
from litestar.datastructures import Cookie

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class CookieRules(msgspec.Struct, frozen=True):
    """How cookies are set: by HTTPS alone, except where the API is reached on this machine by plain HTTP."""

    secure: bool

    @classmethod
    def of(cls, public_url: str) -> "CookieRules":
        """Return the rules for an API that people reach at this address."""
        parts = urlsplit(public_url)
        return cls(secure=not (parts.scheme == "http" and parts.hostname in _LOOPBACK))

    @property
    def session_name(self) -> str:
        """Return the name of the session's cookie; browsers hold `__Host-` to this host and HTTPS (RFC 6265bis)."""
        return self.name("omd_session")

    def name(self, plain: str) -> str:
        """Return the full name of a cookie."""
        return f"__Host-{plain}" if self.secure else plain

    def session(self, token: str, *, max_age_seconds: int) -> Cookie:
        """Return the cookie that carries a session."""
        return self.make(self.session_name, token, max_age_seconds=max_age_seconds)

    def no_session(self) -> Cookie:
        """Return the cookie that takes the session's away."""
        return self.make(self.session_name, "", max_age_seconds=0)

    def make(self, name: str, value: str, *, max_age_seconds: int) -> Cookie:
        """Return a cookie that no script reads and no other site's page sends with a change."""
        return Cookie(
            key=name,
            value=value,
            path="/",
            max_age=max_age_seconds,
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )
