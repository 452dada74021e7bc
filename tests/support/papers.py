"""What a paper says, read back by another program than the one that made it."""

import io

import httpx
from pypdf import PdfReader


def pages_of(answer: httpx.Response | bytes) -> list[str]:
    """Return the text of each page of a document."""
    if isinstance(answer, bytes):
        content = answer
    else:
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/pdf"
        content = answer.content
    return [page.extract_text() for page in PdfReader(io.BytesIO(content), strict=True).pages]


def words_of(answer: httpx.Response | bytes) -> str:
    """Return all that a document says, each run of white space as one blank: where lines break is of no matter."""
    return " ".join(" ".join(pages_of(answer)).split())
