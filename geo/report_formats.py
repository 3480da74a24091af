"""Readers of report files: plain text, web page, Word, PDF; each takes bytes and gives text and the extractor."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from pypdfium2 import PdfDocument, PdfiumError
from selectolax.lexbor import LexborHTMLParser, LexborNode

from geo.errors import DataError

Reader = Callable[[bytes, str, str | None], tuple[str, str]]

PLAIN_TEXT = "plain-text 1"
MAX_UNPACKED_BYTES = 100_000_000
MAX_PAGES = 2000
# A page of a work report has hundreds of characters; a scan with a stamped page number has a few.
FEWEST_CHARACTERS_PER_PAGE = 8
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
OLE_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
DECLARED = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_-]{2,20})""", re.IGNORECASE)
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "select",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
CELLS = frozenset(("td", "th"))
UNSEEN = frozenset(("script", "style", "noscript", "template", "svg", "iframe", "object", "head"))
# Elements that must be closed: their starts without ends tell how deep a page nests.
NESTING = re.compile(
    r"<(/?)(?:div|span|section|article|ul|ol|dl|blockquote|center|main|table|form|font|b|i|u|em|strong|a)(?=[\s>/])",
    re.IGNORECASE,
)
# The parser's time grows with the square of the depth; no page that a person wrote comes near this.
MAX_NESTING = 3000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")


def read_plain(raw: bytes, name: str, encoding: str | None) -> tuple[str, str]:
    """Return the text of a plain text file: UTF-8, UTF-16 with its mark, or the encoding that was asked for."""
    for start, kind in ((b"%PDF", "a PDF"), (b"PK\x03\x04", "a Word or zip file"), (OLE_FILE, "an old Word file")):
        if raw.startswith(start):
            raise DataError.single("report_kind", name, f"{kind} under the name of a text", "Give it its right ending.")
    if encoding is None and raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encoding = "utf-16"
    return _decode(raw, name, encoding or "utf-8-sig", told=encoding is not None), PLAIN_TEXT


def _decode(raw: bytes, name: str, encoding: str, *, told: bool) -> str:
    """Return decoded text, or say where it fails and what else it looks like."""
    try:
        return raw.decode(encoding)
    except LookupError as error:
        raise DataError.single(
            "report_encoding", name, f"{encoding!r} is no encoding", "Try utf-8 or gb18030."
        ) from error
    except UnicodeDecodeError as error:
        remedy = "Say which encoding it is in." if told else _other_encoding(raw)
        raise DataError.single("report_encoding", name, f"byte {error.start:,} is not {encoding}", remedy) from error


def _other_encoding(raw: bytes) -> str:
    """Return what to do with bytes that are not UTF-8."""
    try:
        text = raw[:200_000].decode("gb18030", errors="strict" if len(raw) < 200_000 else "ignore")
    except UnicodeDecodeError:
        return "Save the file as UTF-8, or give its encoding with --encoding."
    common = sum(sign in "的一是在了和街道区年工作" for sign in text)
    if common * 100 > len(text):
        return "It looks like GB18030 (GBK): save it as UTF-8, or repeat with --encoding gb18030."
    return "Save the file as UTF-8, or give its encoding with --encoding."


def read_html(raw: bytes, name: str, encoding: str | None) -> tuple[str, str]:
    """Return the text of a web page as it reads: a line for each block, ` | ` between cells, nothing unseen."""
    declared = DECLARED.search(raw[:4096])
    told = encoding or (declared[1].decode("ascii").lower() if declared else None)
    if told in {"gb2312", "gbk", "x-gbk"}:
        told = "gb18030"
    text = _decode(raw, name, told or "utf-8-sig", told=told is not None).removeprefix("\ufeff")
    _refuse_bottomless(text, name)
    root = LexborHTMLParser(text).root
    parts: list[str] = []
    if root is not None:
        _walk(root, parts)
    return _tidy("".join(parts)), f"selectolax {version('selectolax')} page-text 1"


def _refuse_bottomless(text: str, name: str) -> None:
    """Raise DataError where a page opens thousands of elements inside each other."""
    depth = 0
    for match in NESTING.finditer(text):
        depth = max(depth - 1, 0) if match[1] else depth + 1
        if depth > MAX_NESTING:
            found = f"a page whose elements stand more than {MAX_NESTING:,} deep in each other"
            raise DataError.single("report_broken", name, found, "Copy its text into a .txt file.")


def _walk(root: LexborNode, parts: list[str]) -> None:
    """Add the text under `root` to `parts`, without recursion: pages may nest as deep as they like."""
    node: LexborNode | None = root
    while node is not None:
        seen = _enter(node, parts)
        if seen and node.first_child is not None:
            node = node.first_child
            continue
        while node is not None and node.next is None:
            node = node.parent if node.mem_id != root.mem_id else None
            if node is not None:
                _leave(node, parts)
        if node is None or node.mem_id == root.mem_id:
            return
        _leave(node, parts)
        node = node.next


def _enter(node: LexborNode, parts: list[str]) -> bool:
    """Add what a node brings when it opens; return whether its children are to be read."""
    if node.is_text_node:
        parts.append(re.sub(r"\s+", " ", node.text_content or ""))
        return False
    tag = node.tag or ""
    if tag in BLOCKS:
        parts.append("\n")
    elif tag in CELLS and node.prev is not None:
        parts.append(" | ")
    return node.is_element_node and tag not in UNSEEN


def _leave(node: LexborNode, parts: list[str]) -> None:
    """Add what a node brings when it closes."""
    if node.is_element_node and node.tag in BLOCKS:
        parts.append("\n")


def _tidy(text: str) -> str:
    """Return text with no blank at the ends of lines and no empty lines."""
    lines = (re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line) + "\n"


def read_docx(raw: bytes, name: str, encoding: str | None) -> tuple[str, str]:  # noqa: ARG001
    """Return the text of a Word file: a line for each paragraph and each row of a table, nothing deleted."""
    if raw.startswith(OLE_FILE):
        found, remedy = "an old or locked Word file", "Take the password off and save it as .docx."
        raise DataError.single("report_locked", name, found, remedy)
    document = _unpack(raw, name)
    lines: list[str] = []
    try:
        _read_word(document, lines)
    except (ParseError, DefusedXmlException) as error:
        raise DataError.single(
            "report_broken", name, f"its XML cannot be read ({error})", "Open it in Word and save it again."
        ) from error
    return "\n".join(lines) + "\n", "docx-text 1"


def _unpack(raw: bytes, name: str) -> bytes:
    """Return the document part of a .docx; refuses a file that unpacks to far more than any report has."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MAX_UNPACKED_BYTES:
                found = f"a file of {len(raw):,} bytes that unpacks to {unpacked:,}"
                raise DataError.single(
                    "report_too_large", name, found, f"A report unpacks to at most {MAX_UNPACKED_BYTES:,}."
                )
            return archive.read("word/document.xml")
    except KeyError as error:
        raise DataError.single(
            "report_broken", name, "no Word document in it", "Give a .docx as Word saves it."
        ) from error
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError) as error:
        raise DataError.single(
            "report_broken", name, f"no readable .docx ({error})", "Open it in Word and save it again."
        ) from error


def _read_word(document: bytes, lines: list[str]) -> None:
    """Add the lines of a Word document, paragraph by paragraph; a table's row is one line."""
    cells: list[list[str]] = []
    unread = 0
    paragraph: list[str] = []
    for event, element in iterparse(io.BytesIO(document), events=("start", "end")):
        tag = element.tag
        if tag == FALLBACK:  # says again, for old programs, what stands before it
            unread += 1 if event == "start" else -1
        elif event == "start":
            if tag == f"{WORD}tr":
                cells.append([])
        elif unread == 0:
            paragraph += _run_text(element)
            if tag == f"{WORD}p":
                (cells[-1] if cells else lines).append("".join(paragraph).strip())
                paragraph = []
                element.clear()
            elif tag == f"{WORD}tr":
                row = " | ".join(cell for cell in cells.pop() if cell)
                (cells[-1] if cells else lines).append(row)
                element.clear()


def _run_text(element: Element) -> list[str]:
    """Return what one element of a run adds to its paragraph."""
    tag = element.tag
    if tag == f"{WORD}t":
        return [element.text or ""]
    if tag in {f"{WORD}tab", f"{WORD}br", f"{WORD}cr"}:
        return ["\t" if tag == f"{WORD}tab" else "\n"]
    return []


def read_pdf(raw: bytes, name: str, encoding: str | None) -> tuple[str, str]:  # noqa: ARG001
    """Return the text of a PDF, page after page; a scan without text and a locked file are refused."""
    try:
        document = PdfDocument(raw)
    except PdfiumError as error:
        if "password" in str(error).lower():
            raise DataError.single(
                "report_locked", name, "a PDF locked with a password", "Take the password off first."
            ) from error
        raise DataError.single("report_broken", name, f"no readable PDF ({error})", "Save it again as PDF.") from error
    try:
        if len(document) > MAX_PAGES:
            raise DataError.single(
                "report_too_large", name, f"{len(document):,} pages", f"A report has at most {MAX_PAGES:,}."
            )
        pages = [_page_text(document, number, name) for number in range(len(document))]
    finally:
        document.close()
    if sum(len(page.strip()) for page in pages) < FEWEST_CHARACTERS_PER_PAGE * max(len(pages), 1):
        found = f"{len(pages)} pages without text: a scan"
        raise DataError.single("report_scanned", name, found, "Read it with a text recognition (OCR) program first.")
    return "\n".join(pages) + "\n", f"pypdfium2 {version('pypdfium2')} page-text 1"


def _page_text(document: PdfDocument, number: int, name: str) -> str:
    """Return the text of one page without control signs."""
    try:
        page = document[number]
        text_page = page.get_textpage()
        text = text_page.get_text_range()
        text_page.close()
        page.close()
    except PdfiumError as error:
        raise DataError.single(
            "report_broken", f"{name}, page {number + 1}", str(error), "Save it again as PDF."
        ) from error
    return CONTROL.sub("", text.replace("\r\n", "\n")).strip()


READERS: dict[str, Reader] = {
    ".txt": read_plain,
    ".html": read_html,
    ".htm": read_html,
    ".docx": read_docx,
    ".pdf": read_pdf,
}
