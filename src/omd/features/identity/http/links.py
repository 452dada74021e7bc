"""The links that e-mails carry: a new password, an invitation. Their tokens come in bodies, never in addresses."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, post
from litestar.params import JSONBody

from omd.features.identity.http.people import PROBLEMS, OriginDep, PeopleDep
from omd.features.identity.http.session import Typed
from omd.features.identity.people.model import Email, Language, PersonName

LinkToken = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class ResetRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose password was forgotten."""

    email: Email


class RedeemReset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stood behind the # of the link, and the new password."""

    token: LinkToken
    password: Typed


class RedeemInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stood behind the # of the link, and what the invited person is called."""

    token: LinkToken
    name: PersonName
    password: Typed
    language: Language | None = None


class Accepted(msgspec.Struct, frozen=True):
    """The same for everybody."""

    detail: str = "If somebody has this e-mail here, a letter is on its way to it."


class PasswordResets(Controller):
    """A new password for who forgot the old one."""

    path = "/password-resets"
    tags = ("Sign-in",)

    @post(operation_id="requestPasswordReset", summary="Forget a password", status_code=202, responses=PROBLEMS)
    async def ask(self, data: JSONBody[ResetRequest], people: PeopleDep, origin: OriginDep) -> Response[Accepted]:
        """Send a link for a new password to this e-mail, if somebody has it: the answer does not say."""
        await people.reception.ask_reset(data.email, origin)
        return Response(Accepted())

    @post(
        "/redeem",
        operation_id="redeemPasswordReset",
        summary="Choose a new password",
        status_code=204,
        responses=PROBLEMS,
    )
    async def redeem(self, data: JSONBody[RedeemReset], people: PeopleDep, origin: OriginDep) -> None:
        """Choose a new password by the link, once. Every session is over; sign in with it."""
        await people.reception.redeem_reset(data.token, data.password, origin)


class Invitations(Controller):
    """What invited people answer."""

    path = "/invitations"
    tags = ("Sign-in",)

    @post(
        "/redeem", operation_id="redeemInvitation", summary="Accept an invitation", status_code=204, responses=PROBLEMS
    )
    async def redeem(self, data: JSONBody[RedeemInvitation], people: PeopleDep, origin: OriginDep) -> None:
        """Choose your name and password by the link, once; then sign in."""
        await people.reception.redeem_invitation(
            data.token, name=data.name.strip(), password=data.password, language=data.language, origin=origin
        )
