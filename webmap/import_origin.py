"""Where an imported revision came from: file, row, datum, and the numbers that stood there before they became WGS-84.

It is kept in the history, as the last line of the reason, so that the chain's hashes hold it and no edit wears it off.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from webmap.revisions import Revision

_LINE = re.compile(
    r"(?:\A|\n)\[(?P<file>[^\n]*), row (?P<row>\d{1,9}), (?P<datum>WGS-84|CGCS2000|GCJ-02|BD-09)"
    r"(?:: (?P<lon>-?[\d.e+-]{1,30}), (?P<lat>-?[\d.e+-]{1,30}))?\]\Z"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """File, row and declared datum of an imported revision; `lonlat` as it stood there, None where no point did."""

    file: str
    row: int
    datum: str
    lonlat: tuple[float, float] | None = None

    def line(self) -> str:
        """Return it as the line that the history keeps; every digit of the numbers."""
        name = " ".join(self.file.split())
        numbers = "" if self.lonlat is None else f": {self.lonlat[0]!r}, {self.lonlat[1]!r}"
        return f"[{name}, row {self.row}, {self.datum}{numbers}]"


def split_reason(revision: Revision) -> tuple[str, Origin | None]:
    """Return the reason that somebody gave for a revision, and where an imported one came from."""
    found = _LINE.search(revision.why) if revision.source == "import" else None
    if found is None:
        return revision.why, None
    lonlat = None if found["lon"] is None else (float(found["lon"]), float(found["lat"]))
    return revision.why[: found.start()], Origin(found["file"], int(found["row"]), found["datum"], lonlat)


def own_reason(revision: Revision) -> str:
    """Return the reason that somebody gave for a revision."""
    return split_reason(revision)[0]


def origin_of_place(revisions: Sequence[Revision]) -> Origin | None:
    """Return where the place of the newest revision came from, None where a person set it; `revisions` newest first."""
    for revision in revisions:
        before, after = ((one or {}).get("geometry") for one in (revision.before, revision.after))
        if before != after:
            return split_reason(revision)[1]
    return None
