"""Report files (.txt, .html, .docx, .pdf) to text: NFC, line feeds, the extractor's name and the SHA-256."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geo.errors import DataError, Problem

# The longest work report at hand has 27,000 characters; ten years of them bound together stay below this.
MAX_CHARACTERS = 3_000_000
MAX_BYTES = 40_000_000
PLAIN_TEXT = "plain-text 1"


@dataclass(frozen=True, slots=True)
class ReportText:
    """The text of a report: NFC, lines ended by a line feed.

    `sha256` is of the text in UTF-8, `extractor` the reader with its version, `source` the file's name. Offsets of
    claims belong to exactly this text.
    """

    text: str
    sha256: str
    extractor: str
    source: str


def read_report(path: Path, encoding: str | None = None) -> ReportText:
    """Return the text of a report file; its kind goes by the file's ending.

    `encoding` is asked for only where a plain text or web page is not UTF-8 and does not say what it is. Raises
    DataError where the file is missing, of another kind, too large, locked, without text, or not in the encoding.
    """
    _reader(path.name)
    return read_report_bytes(_read_bytes(path), path.name, encoding)


def read_report_bytes(raw: bytes, name: str, encoding: str | None = None) -> ReportText:
    """Return the text of a report file called `name` with the bytes `raw`; otherwise as `read_report`."""
    if len(raw) > MAX_BYTES:
        raise _too_large(len(raw), name)
    text, extractor = _reader(name)(raw, name, encoding)
    return report_text(text, extractor, name)


def _reader(name: str) -> Callable[[bytes, str, str | None], tuple[str, str]]:
    """Return what reads a file of that name; DataError where nothing does."""
    from geo.report_formats import READERS  # noqa: PLC0415 (its libraries are loaded only where a file is read)

    ending = Path(name).suffix.lower()
    if ending not in READERS:
        known = ", ".join(READERS)
        raise DataError.single("report_kind", name, f"a file ending in {ending or 'nothing'}", f"Give one of {known}.")
    return READERS[ending]


def _too_large(size: int, name: str) -> DataError:
    """Return the refusal of a file that is too large."""
    remedy = f"A report file has at most {MAX_BYTES:,} bytes: take out the pictures or save it as text."
    return DataError.single("report_too_large", name, f"{size:,} bytes", remedy)


def report_text(text: str, extractor: str = PLAIN_TEXT, source: str = "") -> ReportText:
    """Return text made ready: NFC, line feeds; raises DataError where it is too long, empty or no text at all."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    problems = list(_faults(text, source))
    if problems:
        raise DataError(problems)
    return ReportText(text, hashlib.sha256(text.encode("utf-8")).hexdigest(), extractor, source)


def _faults(text: str, source: str) -> list[Problem]:
    """Return why a text cannot be a report."""
    found = []
    if len(text) > MAX_CHARACTERS:
        words = f"{len(text):,} characters of text"
        found.append(
            Problem("report_too_long", source, words, f"A report has at most {MAX_CHARACTERS:,}: is it the right file?")
        )
    if "\0" in text:
        found.append(
            Problem(
                "report_not_text",
                source,
                "NUL characters: this is no text",
                "Give the report as text, Word, PDF or HTML.",
            )
        )
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        found.append(
            Problem("report_not_text", source, "half a character (a lone surrogate)", "Save the file again as UTF-8.")
        )
    if not text.strip():
        found.append(
            Problem(
                "report_empty", source, "no text in it", "Give a report with text; a scan must be read by OCR first."
            )
        )
    return found


def _read_bytes(path: Path) -> bytes:
    """Return the bytes of a file that is not too large."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _too_large(size, path.name)
        return path.read_bytes()
    except OSError as error:
        raise DataError.single(
            "report_unreadable", str(path), error.strerror or str(error), "Give a file that can be read."
        ) from error
