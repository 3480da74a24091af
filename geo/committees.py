"""Residents' committees: which are placed, which share a place and are one group, and which are not placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.errors import DataError
from geo.strict_json import decode_json


@dataclass(frozen=True)
class CommitteeGroup:
    """Committees on one spot: their codes and names, position in degrees, and how far off it may be.

    `outline` is the committee's area (WGS-84) where somebody has brought one; its position is then a point inside.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    lon: float
    lat: float
    accuracy_m: float
    outline: BaseGeometry | None = None

    @property
    def id(self) -> str:
        """The smallest code."""
        return self.codes[0]


@dataclass(frozen=True)
class Committees:
    """A subdistrict's committees: groups that are placed, by their smallest code, and names that are not placed.

    `source` says where the outlines are from; either every group has an outline or none has. `names_en` holds what
    committees are called in English, by their names, where the file says it.
    """

    groups: tuple[CommitteeGroup, ...] = ()
    unplaced: tuple[str, ...] = ()
    source: str = ""
    names_en: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_outlines(self) -> bool:
        """Whether homes belong to a committee by its outline, and not by the walk to its position."""
        return any(group.outline is not None for group in self.groups)


def read_committees(path: Path, subdistrict_id: str) -> Committees:
    """Return the committees of a subdistrict; those that name one group, or share one position, are one.

    Where there is no such file, there are none.

    Raises:
        DataError: The file is no list of features.
    """
    if not path.is_file():
        return Committees()
    document = decode_json(path.read_bytes(), path.name)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise DataError.single("no_features", path.name, "there is no list of features", "Bring a FeatureCollection")
    own = [each for each in features if each["properties"].get("subdistrict") == subdistrict_id]
    together: dict[str, list[dict[str, object]]] = {}
    unplaced = []
    for each in sorted(own, key=lambda feature: str(feature["properties"]["code"])):
        if each["geometry"] is None:
            unplaced.append(str(each["properties"]["name"]))
            continue
        lon, lat = each["geometry"]["coordinates"]
        known = each["properties"] | {"lon": lon, "lat": lat}
        together.setdefault(f"{lon:.7f},{lat:.7f}", []).append(known)
    groups = [_group(members) for members in together.values()]
    return Committees(tuple(sorted(groups, key=lambda group: group.id)), tuple(unplaced), names_en=_names_en(own))


def _names_en(features: list[dict[str, Any]]) -> dict[str, str]:
    told = [each["properties"] for each in features]
    return {str(one["name"]): str(one["name_en"]) for one in told if one.get("name_en")}


def _group(members: list[dict[str, object]]) -> CommitteeGroup:
    return CommitteeGroup(
        tuple(str(each["code"]) for each in members),
        tuple(str(each["name"]) for each in members),
        float(str(members[0]["lon"])),
        float(str(members[0]["lat"])),
        max(float(str(each.get("accuracy_m", 0))) for each in members),
    )
