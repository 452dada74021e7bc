"""Pictures that somebody sends: nothing of what was sent is kept but the pixels, drawn anew.

Whatever hides in a file beside them is gone then: where it was taken, scripts in comments, another file at its end.
"""

import io
from functools import partial

import msgspec
from PIL import Image, ImageOps

from omd.infra.beside_loop import BesideLoop
from omd.kernel.errors import OmdError

MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp")
"""What is read, by what it says it is; what it is, its first bytes say."""

MEDIA_TYPE = "image/jpeg"
"""What is kept and served."""

LONGEST_SIDE = 1600
THUMBNAIL_SIDE = 320
"""Pixels, at most."""

MOST_PIXELS = 50_000_000
"""Of what is sent, by its header: the cameras of phones make fewer, and it takes 150 MB to draw so many."""

MOST_WAITING = 8
"""Pictures waited for; each is up to 10 MB in memory meanwhile, and takes up to a second."""

_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 82
_BUSY_SECONDS = 5


class PictureUnreadable(OmdError):
    """What was sent is no JPEG, PNG or WebP that can be drawn."""

    code = "picture_unreadable"
    status = 422
    title = "The picture cannot be read"


class PictureTooLarge(OmdError):
    """The picture has more pixels than are drawn here."""

    code = "picture_too_large"
    status = 422
    title = "The picture has too many pixels"


class DarkroomBusy(OmdError):
    """More pictures are waited for than can be drawn soon."""

    code = "darkroom_busy"
    status = 503
    title = "Too many pictures are being read"


class Picture(msgspec.Struct, frozen=True):
    """A picture and its thumbnail, both `MEDIA_TYPE`, and how large the picture is in pixels."""

    image: bytes
    thumbnail: bytes
    width: int
    height: int


class Darkroom:
    """Draws the pictures of one process anew, one at a time, beside the event loop."""

    def __init__(self) -> None:
        self._beside = BesideLoop(at_once=1, busy=_busy)

    async def develop(self, sent: bytes) -> Picture:
        """Return what was sent, drawn anew.

        Raises `PictureUnreadable`, `PictureTooLarge`, and `DarkroomBusy` when too many wait for theirs.
        """
        return await self._beside.run(partial(develop, sent), most_waiting=MOST_WAITING)


def develop(sent: bytes) -> Picture:
    """Return a picture drawn anew, upright and no longer than `LONGEST_SIDE`.

    Raises `PictureUnreadable` and `PictureTooLarge`.
    """
    try:
        drawn = _drawn(sent)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_large() from bomb
    except OmdError:
        raise
    except Exception as error:
        # The decoders meet bytes that were made to break them: whatever they raise says that this is no picture.
        said = "This is no JPEG, PNG or WebP that can be read. Send another picture."
        raise PictureUnreadable(said) from error
    small = drawn.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(_jpeg(drawn), _jpeg(small), drawn.width, drawn.height)


def _drawn(sent: bytes) -> Image.Image:
    """Return the pixels alone, turned as the camera says and on white where they are transparent."""
    with Image.open(io.BytesIO(sent), formats=_FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise _too_large()
        # Of a JPEG, and of nothing else, this reads no more than is wanted.
        opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        turned = ImageOps.exif_transpose(opened)
        drawn = Image.new("RGB", turned.size, "white")
        if turned.has_transparency_data:
            seen = turned.convert("RGBA")
            drawn.paste(seen, mask=seen)
        else:
            drawn.paste(turned.convert("RGB"))
        return drawn


def _jpeg(drawn: Image.Image) -> bytes:
    file = io.BytesIO()
    drawn.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()


def _too_large() -> PictureTooLarge:
    return PictureTooLarge(f"The picture has more than {MOST_PIXELS:,} pixels. Send a smaller one.")


def _busy() -> DarkroomBusy:
    return DarkroomBusy("Too many pictures are being read just now. Try again shortly.", retry_after=_BUSY_SECONDS)
