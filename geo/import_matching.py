"""Which facility each row of a table belongs to: by id, by the id in the source, or by name and address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from geo.errors import Problem
from geo.import_model import MatchKey
from geo.known_places import plain_name
from geo.layer_checks import Facility
from geo.strict_json import shown
from geo.ulid import is_ulid

_WARNED = "same_name_and_address"


@dataclass(frozen=True, slots=True)
class RowKey:
    """What of a row may say which facility it is; None where the row does not say it. `where` names the row."""

    where: str
    number: int
    id: object = None
    source_id: object = None
    name: object = None
    address: object = None
    subdistrict: object = None


@dataclass(frozen=True, slots=True)
class Match:
    """The facility that a row belongs to: one of the layer, or a new one that brings its id or is given one (None).

    `refused` marks a row that may belong to several, or to one that another row has.
    """

    existing: Facility | None
    own_id: str | None = None
    refused: bool = False


class _Index:
    """The facilities of a layer by each of the keys."""

    def __init__(self, existing: Mapping[str, Facility]) -> None:
        self.by_id = existing
        self.by_source: dict[str, list[Facility]] = {}
        self.by_name: dict[str, list[Facility]] = {}
        for facility in existing.values():
            source_id = facility.properties.get("source_id")
            if source_id is not None:
                self.by_source.setdefault(str(source_id), []).append(facility)
            self.by_name.setdefault(plain_name(str(facility.properties["name"])), []).append(facility)


def match_rows(
    rows: Sequence[RowKey], existing: Mapping[str, Facility], key: MatchKey, problems: list[Problem]
) -> list[Match]:
    """Return the facility of each row; what is ambiguous, doubled or no id is added to `problems`.

    Rows with a problem match nothing. Two new rows of one name and address are warned of: the next import could not
    tell them apart without an id of the source.
    """
    index = _Index(existing)
    matches: list[Match] = []
    first_row: dict[object, int] = {}
    for row in rows:
        match = _match(row, index, key, problems)
        claim = _claim(row, match)
        if claim is not None and first_row.setdefault(claim, row.number) != row.number:
            doubled = _doubled(row, claim, first_row[claim])
            problems.append(doubled)
            match = replace(match, refused=not doubled.warning)
        matches.append(match)
    return matches


def _match(row: RowKey, index: _Index, key: MatchKey, problems: list[Problem]) -> Match:
    if key in {"auto", "id"} and row.id is not None:
        return _by_id(row, index, problems)
    if key in {"auto", "source_id"} and row.source_id is not None:
        found = index.by_source.get(str(row.source_id), [])
        if found or key == "source_id":
            return _only(row, found, f"the id in the source, {shown(row.source_id)}", problems)
    if key in {"auto", "name_address"} and isinstance(row.name, str):
        found = _by_name(row, index)
        return _only(row, found, f"the name {shown(row.name)} with this address", problems)
    return Match(None)


def _by_id(row: RowKey, index: _Index, problems: list[Problem]) -> Match:
    text = str(row.id).strip()
    if text in index.by_id:
        return Match(index.by_id[text])
    if is_ulid(text):
        return Match(None, own_id=text)
    remedy = "Leave the column out, or map it to source_id if it is the number that the source gives"
    problems.append(Problem("bad_id", row.where, f"{shown(row.id)} is no id of a facility", remedy, figures=_at(row)))
    return Match(None)


def _by_name(row: RowKey, index: _Index) -> list[Facility]:
    """Return the facilities of the row's name; by address and subdistrict too, as far as the row says them.

    A row with an id of its own source does not take a facility that has another one.
    """
    found = index.by_name.get(plain_name(str(row.name)), [])
    if row.subdistrict is not None:
        found = [facility for facility in found if facility.properties.get("subdistrict") == row.subdistrict]
    if row.address is not None:
        wanted = plain_name(str(row.address))
        found = [item for item in found if plain_name(str(item.properties.get("address") or "")) in {wanted, ""}]
    if row.source_id is not None:
        found = [facility for facility in found if facility.properties.get("source_id") is None]
    return found


def _only(row: RowKey, found: Sequence[Facility], words: str, problems: list[Problem]) -> Match:
    if len(found) <= 1:
        return Match(found[0] if found else None)
    ids = ", ".join(_some(facility.id for facility in found))
    remedy = "Add a column with the facility's id, as an export has it"
    figures = _at(row) | {"count": len(found)}
    problems.append(
        Problem("ambiguous_row", row.where, f"{len(found)} facilities have {words}: {ids}", remedy, figures=figures)
    )
    return Match(None, refused=True)


def _claim(row: RowKey, match: Match) -> object:
    """Return what no second row may claim: the facility, or for a new one its name and address."""
    claimed = match.existing.id if match.existing is not None else match.own_id
    if claimed is not None:
        return claimed
    if not isinstance(row.name, str):
        return None
    return (_WARNED, row.subdistrict, plain_name(row.name), plain_name(str(row.address or "")), str(row.source_id))


def _doubled(row: RowKey, claim: object, first: int) -> Problem:
    if isinstance(claim, tuple):
        found = f"row {first} has the same name and address"
        remedy = "Take one of them out if they are one; else give each an id of the source"
        return Problem(_WARNED, row.where, found, remedy, warning=True, figures=_at(row) | {"first": first})
    remedy = "Keep one row for each facility"
    found = f"row {first} belongs to the same facility, {claim}"
    return Problem("duplicate_row", row.where, found, remedy, figures=_at(row) | {"first": first})


def _at(row: RowKey) -> dict[str, float | int | str]:
    return {"row": row.number}


def _some(ids: Iterable[str]) -> list[str]:
    return sorted(ids)[:3]
