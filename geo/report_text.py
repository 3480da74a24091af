"""Report files (.txt, .html, .docx, .pdf) to text: NFC, line feeds, the extractor's name and the SHA-256."""

from __future__ import annotations

import hashlib
import unicodedata
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
    from geo.report_formats import READERS  # noqa: PLC0415 (its libraries are loaded only where a file is read)

    ending = path.suffix.lower()
    reader = READERS.get(ending)
    if reader is None:
        known = ", ".join(READERS)
        raise DataError.single(
            "report_kind", path.name, f"a file ending in {ending or 'nothing'}", f"Give one of {known}."
        )
    text, extractor = reader(_read_bytes(path), path.name, encoding)
    return report_text(text, extractor, path.name)


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
            remedy = f"A report file has at most {MAX_BYTES:,} bytes: take out the pictures or save it as text."
            raise DataError.single("report_too_large", path.name, f"{size:,} bytes", remedy)
        return path.read_bytes()
    except OSError as error:
        raise DataError.single(
            "report_unreadable", str(path), error.strerror or str(error), "Give a file that can be read."
        ) from error
