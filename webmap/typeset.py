"""Printed pages: a Typst template of webmap/print and its data to PDF, in Noto Sans SC, with nothing of the system's.

Data reaches a template as JSON and never as markup, so no name of a facility can be read as a command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import DataError

if TYPE_CHECKING:
    import typst

_HERE = Path(__file__).resolve().parent
TEMPLATES = _HERE / "print"
FONTS = _HERE / "fonts"
FONT_FILES = ("NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf")


def typeset(template: str, data: Mapping[str, object], written: datetime) -> bytes:
    """Return the PDF of `template` (a file name in webmap/print) filled with `data`.

    Args:
        template: for example `resource_sheet.typ`; it reads its data by `json(bytes(sys.inputs.data))`.
        data: what JSON can hold; drawings as SVG text, which must name the font Noto Sans SC.
        written: the moment that the file says it was made; equal data and moments give equal bytes.

    Raises:
        DataError: the fonts are not there, because the set-up has not been run.
    """
    import typst  # noqa: PLC0415 - most workers never print, and start sooner without it

    told = json.dumps(data, ensure_ascii=False, allow_nan=False)
    moment = int(written.timestamp())
    return bytes(
        typst.compile(
            TEMPLATES / template,
            root=TEMPLATES,
            font_paths=_fonts(),
            sys_inputs={"data": told},
            format="pdf",
            timestamp=moment,
        )
    )


@cache
def _fonts() -> typst.Fonts:
    """Return the two fonts; DataError where one is missing."""
    import typst  # noqa: PLC0415 - see typeset

    missing = [name for name in FONT_FILES if not (FONTS / name).is_file()]
    if missing:
        found = f"{', '.join(missing)} not there"
        raise DataError.single("fonts_missing", str(FONTS), found, "Run scripts/serve --setup-only, which fetches them")
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
