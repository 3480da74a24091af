"""The list of reports: what each is called and how its sections are, in our own words (`data/reports/reports.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geo.catalog_model import LocalText
from geo.errors import DataError, Problem
from geo.toml_tables import Key, Problems, read_table, read_toml, text, wrong_type

FILE = "reports.toml"


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """What a report is called: `title`, `short_title` for narrow places, `sections` by the section of its claims."""

    title: LocalText
    short_title: LocalText
    sections: Mapping[str, LocalText]


def read_report_list(folder: Path) -> dict[str, ReportEntry]:
    """Return the entries of `reports.toml` by report id; none where there is no such file.

    Raises:
        DataError: with every fault of the file.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    problems: list[Problem] = []
    tables = read_toml(path, problems)
    entries = {name: read_table(table, name, _KEYS, problems) for name, table in tables.items()}
    if problems:
        raise DataError(problems)
    return {name: ReportEntry(**entry) for name, entry in entries.items() if entry is not None}


def _local_text(value: object, where: str, problems: Problems) -> LocalText | None:
    """Return a text in both languages."""
    read = read_table(value, where, {"zh": Key(text), "en": Key(text)}, problems)
    return None if read is None else LocalText(**read)


def _sections(value: object, where: str, problems: Problems) -> dict[str, LocalText | None]:
    """Return the names of the sections."""
    if not isinstance(value, dict):
        wrong_type(value, where, "a table of section names", problems)
        return {}
    return {name: _local_text(words, f"{where}.{name}", problems) for name, words in value.items()}


_KEYS = {"title": Key(_local_text), "short_title": Key(_local_text), "sections": Key(_sections)}
