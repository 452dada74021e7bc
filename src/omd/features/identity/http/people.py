"""What the resources about people work with."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec

from omd.features.identity.http.cookies import CookieRules
from omd.features.identity.people import Origin, Reception, Sessions, SignedIn
from omd.features.identity.people.oidc import Provider
from omd.infra.http import COMMON_PROBLEMS, ProblemDocument
from omd.infra.http.problems import PROBLEM_JSON
from omd.infra.keyring import Keyring
from omd.infra.mail import Outbox


class People(msgspec.Struct, frozen=True):
    """The way in for people, and what it leans on."""

    reception: Reception
    sessions: Sessions
    keyring: Keyring
    outbox: Outbox
    cookies: CookieRules
    providers: Mapping[str, Provider]


PeopleDep: TypeAlias = NamedDependency[People]
SignedInDep: TypeAlias = NamedDependency[SignedIn]
"""Who is signed in by a cookie; asking for it is what makes a resource need a session."""

OriginDep: TypeAlias = NamedDependency[Origin]

PROBLEMS = {
    **COMMON_PROBLEMS,
    **{
        status: ResponseSpec(ProblemDocument, description=said, media_type=PROBLEM_JSON, generate_examples=False)
        for status, said in {
            410: "The link was used, or is too old.",
            429: "Too many attempts; see Retry-After.",
        }.items()
    },
}


def signed_in_answer(content: Any, people: People, token: str) -> Response[Any]:
    """Return an answer that gives the browser its session."""
    lasts = int(people.sessions.rules.lasts.total_seconds())
    return Response(content, cookies=[people.cookies.session(token, max_age_seconds=lasts)], headers=NO_STORE)


NO_STORE = {"Cache-Control": "no-store"}
"""Nobody on the way keeps what is a secret."""
