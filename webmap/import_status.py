"""What HTTP answers to a file that cannot be imported, by the code of its fault (the table of bad inputs)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from geo.errors import Problem

_STATUSES: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("file_too_large", "unpacked_too_large", "too_many_vertices"), 413),
        **dict.fromkeys(("too_many_rows", "too_many_columns", "too_many_cells"), 413),
        **dict.fromkeys(("macro_workbook", "unknown_format"), 415),
        **dict.fromkeys(("not_utf8", "wrong_encoding", "not_json", "too_deep", "number_too_long"), 400),
        **dict.fromkeys(("not_csv", "not_xlsx", "not_kml", "not_gpkg", "bad_mapping"), 400),
    }
)
_UNPROCESSABLE = 422


def import_status(problems: Iterable[Problem]) -> int:
    """Return the status for a refused import: the first that a fault of the whole file has, else 422."""
    return next((_STATUSES[problem.code] for problem in problems if problem.code in _STATUSES), _UNPROCESSABLE)
