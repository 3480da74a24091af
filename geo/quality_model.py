"""What a check of a layer finds: kinds of findings, their words in both languages, and the findings themselves."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geo.catalog_model import Layer, LocalText
from geo.gazetteer import KnownNumber
from geo.known_places import KnownPlaces
from geo.network import WalkNetwork

FindingKind = Literal[
    "layer_in_another_datum",
    "in_another_datum",
    "outside_subdistrict",
    "far_from_street",
    "address_elsewhere",
    "wrong_side",
    "name_address_differ",
    "duplicate",
    "opening_hours_unreadable",
    "opening_hours_missing",
    "stale",
    "never_verified",
    "sample",
    "unlocated",
]
FINDING_KINDS: tuple[FindingKind, ...] = get_args(FindingKind)
"""In the order that they are shown: what is probably wrong, then what is missing, then what is known to be open."""

KIND_WORDS: Mapping[FindingKind, LocalText] = {
    "layer_in_another_datum": LocalText("整层像是另一种坐标系", "The layer looks like another datum"),
    "in_another_datum": LocalText("像是另一种坐标系", "Looks like another datum"),
    "outside_subdistrict": LocalText("不在所属街道里", "Outside its subdistrict"),
    "far_from_street": LocalText("离哪条街都远", "Far from any street"),
    "address_elsewhere": LocalText("位置和地址对不上", "Position and address do not fit"),
    "wrong_side": LocalText("在街道的另一侧", "On the wrong side of the street"),
    "name_address_differ": LocalText("名称和地址对不上", "Name and address do not fit"),
    "duplicate": LocalText("可能重复", "Possibly there twice"),
    "opening_hours_unreadable": LocalText("开放时间读不懂", "Opening hours cannot be read"),
    "opening_hours_missing": LocalText("没有开放时间", "No opening hours"),
    "stale": LocalText("太久没核实", "Not verified for too long"),
    "never_verified": LocalText("没核实过", "Never verified"),
    "sample": LocalText("示例位置", "Sample position"),
    "unlocated": LocalText("未定位", "Unlocated"),
}
"""What each kind is called."""

_SENTENCES: Mapping[FindingKind, LocalText] = {
    "layer_in_another_datum": LocalText(
        "{rows} 处和已知地点相差约 {distance_m:.0f} 米，像 {datum}",
        "{rows} positions lie about {distance_m:.0f} m from known places: {datum}?",
    ),
    "in_another_datum": LocalText(
        "离已知位置约 {distance_m:.0f} 米，按 {datum} 换算后只差 {left_m:.0f} 米",
        "about {distance_m:.0f} m from where it is known to be, {left_m:.0f} m if it is {datum}",
    ),
    "outside_subdistrict": LocalText("在街道外 {distance_m:.0f} 米", "{distance_m:.0f} m outside"),
    "far_from_street": LocalText("离最近的街道 {distance_m:.0f} 米", "{distance_m:.0f} m from the nearest street"),
    "address_elsewhere": LocalText("离“{address}”约 {distance_m:.0f} 米", "about {distance_m:.0f} m from “{address}”"),
    "wrong_side": LocalText(
        "{address}应该在对面，离街道中线 {distance_m:.0f} 米",
        "{address} belongs across; {distance_m:.0f} m off the middle",
    ),
    "name_address_differ": LocalText(
        "名称里是“{in_name}”，地址是“{address}”", "the name has “{in_name}”, the address is “{address}”"
    ),
    "duplicate": LocalText("同名，相距 {distance_m:.0f} 米", "same name, {distance_m:.0f} m apart"),
    "opening_hours_unreadable": LocalText("“{hours}”", "“{hours}”"),
    "opening_hours_missing": LocalText("没写", "none given"),
    "stale": LocalText(
        "{verified_on} 核实，已过 {days} 天，最多 {allowed} 天", "{verified_on}, {days} days; {allowed} at most"
    ),
    "never_verified": LocalText("没有核实日期", "no date"),
    "sample": LocalText("示范用的，不是真的位置", "invented for demonstration"),
    "unlocated": LocalText("知道有，不知道在哪", "known to exist, not where"),
}
_DUPLICATE_UNLOCATED = LocalText("同名，有一处没有位置", "same name, one without a position")

Figures = Mapping[str, float | int | str]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about facilities that somebody should look at.

    Attributes:
        kind: What it is.
        features: Ids of the facilities that it is about; for `layer_in_another_datum` all that were measured.
        subdistrict: Slug of their subdistrict, "" where it is about the layer.
        distance_m: The distance that it is about, metres; None where it is about none.
        figures: What else its sentence says.
    """

    kind: FindingKind
    features: tuple[str, ...]
    subdistrict: str = ""
    distance_m: float | None = None
    figures: Figures = field(default_factory=dict)

    @property
    def title(self) -> LocalText:
        """Return what its kind is called."""
        return KIND_WORDS[self.kind]

    @property
    def sentence(self) -> LocalText:
        """Return what was found, in both languages; plain text that may hold anything that somebody typed."""
        unplaced = self.kind == "duplicate" and self.distance_m is None
        template = _DUPLICATE_UNLOCATED if unplaced else _SENTENCES[self.kind]
        parts = {"distance_m": self.distance_m, **self.figures}
        return LocalText(template.zh.format(**parts), template.en.format(**parts))


@dataclass(frozen=True, slots=True)
class LayerQuality:
    """Every finding of a layer, by kind in the order of `FINDING_KINDS` and then by feature."""

    layer: str
    facilities: int
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> dict[FindingKind, int]:
        """Return how many findings there are of each kind that has any, in order."""
        found = Counter(finding.kind for finding in self.findings)
        return {kind: found[kind] for kind in FINDING_KINDS if found[kind]}

    @property
    def by_feature(self) -> dict[str, tuple[Finding, ...]]:
        """Return the findings about each facility that has any."""
        mine: dict[str, list[Finding]] = {}
        for finding in self.findings:
            for feature in finding.features:
                mine.setdefault(feature, []).append(finding)
        return {feature: tuple(found) for feature, found in mine.items()}


@dataclass(frozen=True, eq=False)
class QualityContext:
    """What a layer is held against; what is left out is not checked.

    Attributes:
        layer: The layer.
        today: The day that `verified_on` is held against.
        outlines: Outlines of the subdistricts by slug, WGS-84.
        networks: The walking network of each subdistrict by slug.
        street_lines: Lines of named streets, WGS-84 (`geo.address_search.street_lines_of`).
        numbers: House numbers whose position is known (`geo.gazetteer.read_gazetteer`).
        known: Places by name and address that do not come from this layer.
    """

    layer: Layer
    today: dt.date
    outlines: Mapping[str, Polygon] = field(default_factory=dict)
    networks: Mapping[str, WalkNetwork] = field(default_factory=dict)
    street_lines: Mapping[str, BaseGeometry] = field(default_factory=dict)
    numbers: tuple[KnownNumber, ...] = ()
    known: KnownPlaces | None = None
