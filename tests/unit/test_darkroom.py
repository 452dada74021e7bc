"""Pictures that somebody sends: the pixels come through, and nothing else does."""

import io
import struct
import zlib

import pytest
from PIL import Image

from omd.infra.darkroom import LONGEST_SIDE, THUMBNAIL_SIDE, PictureTooLarge, PictureUnreadable, develop

SCRIPT = b"<script>alert(1)</script>"
ORIENTATION, GPS = 0x0112, 0x8825


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: object) -> bytes:
    """Return a file whose left half is red and whose right half is blue."""
    drawn = Image.new(mode, size, "red")
    drawn.paste("blue", (size[0] // 2, 0, *size))
    file = io.BytesIO()
    drawn.save(file, kind, **more)
    return file.getvalue()


def opened(file: bytes) -> Image.Image:
    """Return what a file shows."""
    return Image.open(io.BytesIO(file))


def colour(image: Image.Image, x: int, y: int) -> str:
    """Return which of the colours a point has."""
    point = image.convert("RGB").getpixel((x, y))
    assert isinstance(point, tuple)
    red, green, blue = point
    return "white" if min(red, green, blue) > 200 else "red" if red > 200 else "blue" if blue > 200 else "dark"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_is_sent_is_drawn_anew_as_jpeg(kind: str) -> None:
    made = develop(picture(kind))
    image = opened(made.image)
    assert (image.format, image.size, (made.width, made.height)) == ("JPEG", (60, 40), (60, 40))
    assert (colour(image, 5, 20), colour(image, 55, 20)) == ("red", "blue")
    assert opened(made.thumbnail).size == (60, 40)


def test_large_pictures_become_small() -> None:
    made = develop(picture(size=(4000, 3000)))
    assert (made.width, made.height) == (LONGEST_SIDE, 1200)
    assert opened(made.thumbnail).size == (THUMBNAIL_SIDE, 240)


def test_a_picture_stands_upright_and_says_not_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[1] = "N"
    sent = picture(exif=exif)
    assert opened(sent).getexif().get_ifd(GPS) == {1: "N"}
    made = develop(sent)
    image = opened(made.image)
    assert image.size == (40, 60)
    assert (colour(image, 20, 5), colour(image, 20, 55)) == ("red", "blue")
    for file in (made.image, made.thumbnail):
        assert not opened(file).getexif()
        assert b"Exif" not in file


def test_nothing_that_hides_in_a_file_comes_through() -> None:
    profile = b"\0" * 128 + SCRIPT
    for sent in (
        picture(comment=SCRIPT, icc_profile=profile) + SCRIPT,
        picture("PNG", icc_profile=profile) + b"<html>" + SCRIPT,
        picture("WEBP", xmp=SCRIPT, icc_profile=profile),
    ):
        assert SCRIPT in sent or zlib.compress(profile)[:2] in sent
        made = develop(sent)
        for file in (made.image, made.thumbnail):
            assert b"script" not in file
            assert set(opened(file).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    file = io.BytesIO()
    clear.save(file, "PNG")
    assert colour(opened(develop(file.getvalue()).image), 10, 10) == "white"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GIF89a" + b"\0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html>" + SCRIPT,
        b"%PDF-1.7 ",
        picture()[:200],
        picture("PNG")[:60],
        b"\xff\xd8\xff" + SCRIPT,
        picture("GIF"),
        picture("TIFF"),
        picture("BMP"),
    ],
)
def test_what_is_no_picture_is_refused(sent: bytes) -> None:
    with pytest.raises(PictureUnreadable):
        develop(sent)


@pytest.mark.parametrize("side", [8_000, 30_000, 2**31 - 1])
def test_a_bomb_is_refused_by_its_header(side: int) -> None:
    """A few bytes that would be gigabytes of pixels: none of them is drawn."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    with pytest.raises(PictureTooLarge):
        develop(bomb)
