"""An OpenID Connect provider as a process of its own: discovery, keys, authorization with PKCE, and RS256 tokens.

`python oidc_provider.py` prints its port, then serves until its standard input is closed. `POST /behave` with a JSON
object tells it what time it is, who is signing in, and how to misbehave.
"""

import base64
import hashlib
import json
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "omd-client", "provider-secret-4711"
KEYS = {name: RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("first", "second")}
IMPOSTOR = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})


class State:
    """What the provider was told, and the codes it gave."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.fault = ""
        self.issuer = ""

    def key(self) -> RSAKey:
        """Return the key that signs now."""
        return KEYS["second" if self.fault == "new_key" else "first"]


STATE = State()


def id_token(nonce: str) -> str:
    """Return the token of who is signing in, wrong in the way that was asked for."""
    now, fault = int(STATE.told["now"]), STATE.fault
    claims: dict[str, Any] = {
        "iss": STATE.issuer,
        "aud": CLIENT_ID,
        "sub": STATE.told["sub"],
        "iat": now,
        "exp": now + 300,
        "nonce": nonce,
        "email": STATE.told["email"],
        "email_verified": True,
    }
    wrong: dict[str, dict[str, Any]] = {
        "wrong_nonce": {"nonce": "another"},
        "wrong_audience": {"aud": "somebody-else"},
        "several_audiences": {"aud": [CLIENT_ID, "somebody-else"]},
        "wrong_issuer": {"iss": "https://evil.example"},
        "expired": {"iat": now - 900, "exp": now - 600},
        "from_the_future": {"iat": now + 3600, "exp": now + 7200},
        "unverified_email": {"email_verified": False},
        "email_verified_text": {"email_verified": "true"},
        "no_subject": {"sub": ""},
    }
    claims.update(wrong.get(fault, {}))
    for name in ("nonce", "exp", "aud", "iat"):
        if fault == f"no_{name}":
            del claims[name]
    if fault == "unsigned":
        parts = [{"alg": "none", "typ": "JWT"}, claims]
        return (
            ".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts) + "."
        )
    if fault == "shared_secret":
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET * 2), algorithms=["HS256"])
    key = IMPOSTOR if fault == "impostor" else STATE.key()
    signed = jwt.encode({"alg": "RS256", "kid": str(key.kid)}, claims, key)
    return signed[:-8] + "AAAAAAAA" if fault == "changed_signature" else signed


class Handler(BaseHTTPRequestHandler):
    """Answers as OpenID Connect asks."""

    def log_message(self, *_arguments: Any) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Answer discovery, keys and authorization."""
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if STATE.fault == "down":
            self.answer(500, {})
        elif parts.path == "/.well-known/openid-configuration":
            issuer = "https://evil.example" if STATE.fault == "other_discovery" else STATE.issuer
            self.answer(
                200,
                {
                    "issuer": issuer,
                    "authorization_endpoint": f"{STATE.issuer}/authorize",
                    "token_endpoint": f"{STATE.issuer}/token",
                    "jwks_uri": f"{STATE.issuer}/keys",
                },
            )
        elif parts.path == "/keys":
            self.answer(200, {"keys": [STATE.key().as_dict(private=False)]})
        elif parts.path == "/authorize":
            code = secrets.token_urlsafe(16)
            STATE.codes[code] = query
            sent = {"code": code, "state": query["state"], "iss": STATE.issuer}
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{urlencode(sent)}")
            self.end_headers()
        else:
            self.answer(404, {})

    def do_POST(self) -> None:
        """Take orders, and exchange codes for tokens."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        if self.path == "/behave":
            STATE.told = {**STATE.told, **json.loads(body)}
            STATE.fault = str(STATE.told.get("fault", ""))
            self.answer(200, {})
            return
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = STATE.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if STATE.fault == "garbage":
            self.answer(200, None, raw=b"<html>")
        elif (
            asked is None
            or asked["code_challenge_method"] != "S256"
            or asked["code_challenge"] != challenge.rstrip(b"=").decode()
            or asked["redirect_uri"] != form["redirect_uri"]
            or self.headers.get("Authorization") != f"Basic {basic}"
        ):
            self.answer(400, {"error": "invalid_grant"})
        else:
            token = {} if STATE.fault == "no_token" else {"id_token": id_token(asked["nonce"])}
            self.answer(200, {"access_token": "x", "token_type": "Bearer", "expires_in": 300, **token})

    def answer(self, status: int, content: Any, *, raw: bytes | None = None) -> None:
        """Send an answer."""
        body = json.dumps(content).encode() if raw is None else raw
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve until standard input is closed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    STATE.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
