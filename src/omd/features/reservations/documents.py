"""Identity documents: their numbers are encrypted on the way in, and shown by their last three characters."""

from collections.abc import Sequence

import msgspec

from omd.features.reservations.errors import DocumentNotStored, DocumentsNotKept
from omd.features.reservations.model import MASK, Guest
from omd.infra.keyring import Keyring
from omd.kernel.errors import FieldProblem

ENDING = 3


class StoredDocument(msgspec.Struct, frozen=True):
    """A number as the database holds it, encrypted."""

    document_type: str
    document_ending: str
    document_number: bytes


class Documents:
    """Encrypts and decrypts the document numbers of one hotel's guests; a number cannot be read as another hotel's."""

    def __init__(self, keyring: Keyring | None, omd_id: int, business_id: int) -> None:
        self._keyring = keyring
        self._context = document_context(omd_id, business_id)

    def seal(self, number: str) -> bytes:
        """Return the number encrypted; raise `DocumentsNotKept` where the server has no keys."""
        return self._keys().encrypt(number.encode(), self._context)

    def open(self, sealed: bytes) -> str:
        """Return the number; raise `SecretUnreadable` when its key is gone, `DocumentsNotKept` without any."""
        return self._keys().decrypt(sealed, self._context).decode()

    def rows(self, guests: Sequence[Guest], stored: Sequence[StoredDocument] = ()) -> str:
        """Return the guests as the rows of `reservation_guests` in JSON, the first of them primary.

        A masked number, sent back as it was shown, stands for the stored one. Raises `DocumentNotStored`, naming the
        guest, when there is none.
        """
        rows = [self._row(index, guest, stored) for index, guest in enumerate(guests)]
        return msgspec.json.encode(rows).decode()

    def _row(self, index: int, guest: Guest, stored: Sequence[StoredDocument]) -> dict[str, object]:
        row: dict[str, object] = {"is_primary": index == 0, **msgspec.structs.asdict(guest)}
        number = guest.document_number
        if number is None:
            return row
        sealed = self._stored(index, guest, stored) if number.startswith(MASK) else self.seal(number)
        return {**row, "document_number": "\\x" + sealed.hex(), "document_ending": number[-ENDING:]}

    def _stored(self, index: int, guest: Guest, stored: Sequence[StoredDocument]) -> bytes:
        for each in stored:
            if (each.document_type, MASK + each.document_ending) == (guest.document_type, guest.document_number):
                return each.document_number
        said = "No such number is kept for this stay. Send the whole number, or leave it out."
        raise DocumentNotStored(
            said, problems=(FieldProblem(f"/guests/{index}/document_number", "document_not_stored", said),)
        )

    def _keys(self) -> Keyring:
        if self._keyring is None:
            raise DocumentsNotKept("This server has no OMD_SECRET_KEYS, so document numbers are not taken or shown.")
        return self._keyring


def document_context(omd_id: int, business_id: int) -> str:
    """Return where a hotel's document numbers stand, which they are encrypted for."""
    return f"document:{omd_id}:{business_id}"


def masked(guest: Guest) -> Guest:
    """Return the guest as shown: of the document's number only the last three characters."""
    if guest.document_number is None or guest.document_number.startswith(MASK):
        return guest
    return msgspec.structs.replace(guest, document_number=MASK + guest.document_number[-ENDING:])
