"""Which column of a table is which property of a layer: guessed from the columns' names, corrected by a person.

Every column must be mapped or left out on purpose, so that nothing that somebody typed is lost in silence. Beside the
layer's properties a column may be the feature's `id`, its `lon` and `lat`, or `wkt` (outlines in a spreadsheet).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from geo.catalog_model import Layer
from geo.errors import DataError, Problem
from geo.property_checks import property_types
from geo.table import Table, is_empty

LEFT_OUT = ""
"""What a column is mapped to that is left out on purpose."""

PLACE_TARGETS = ("id", "lon", "lat", "wkt")
"""What a column may be beside a property of the layer."""

_POSITIONS = ("lon", "lat", "wkt")
_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "标识"),
    "lon": ("lon", "lng", "long", "longitude", "x", "经度", "东经", "坐标x", "x坐标", "lon度"),
    "lat": ("lat", "latitude", "y", "纬度", "北纬", "坐标y", "y坐标"),
    "wkt": ("wkt", "geometry", "geom", "几何", "范围"),
    "name": ("name", "名称", "名字", "设施名称", "机构名称", "单位名称", "站点名称", "点位名称", "点位", "title"),
    "name_en": ("英文名称", "英文名", "english name", "name (en)"),
    "subdistrict": ("街道", "所属街道", "街镇", "街道名称", "所在街道"),
    "location_status": ("位置依据", "位置状态", "定位依据"),
    "accuracy_m": ("位置误差", "误差", "精度", "accuracy"),
    "phase": ("阶段", "建设阶段", "建设状态"),
    "address": ("地址", "详细地址", "门牌", "门牌地址", "门牌号", "所在地址", "设施地址", "addr"),
    "committee": ("居委会", "居委", "所属居委", "所属居委会", "居民区"),
    "opening_hours": ("开放时间", "服务时间", "营业时间", "办公时间", "hours"),
    "phone": ("电话", "联系电话", "服务电话", "电话号码", "tel", "telephone"),
    "website": ("网址", "网站", "链接", "url", "link"),
    "capacity": ("容量", "可容纳人数"),
    "service_radius_m": ("服务半径",),
    "verified_on": ("核实日期", "核实时间", "核查日期", "verified"),
    "source": ("来源", "数据来源", "资料来源"),
    "source_id": ("来源编号", "编号", "编码", "设施编号", "code"),
    "note": ("备注", "说明", "remark", "remarks", "notes", "comment", "description"),
}
_RUNNING_NUMBERS = ("序号", "行号", "no", "no.", "#", "fid", "ogcfid", "index")
_IN_BRACKETS = re.compile(r"\([^)]*\)$")
_JOINTS = re.compile(r"[\s_\-:：]+")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What each column of a table is: a property, one of `PLACE_TARGETS`, or `LEFT_OUT`."""

    targets: Mapping[str, str] = field(default_factory=dict)

    def column_of(self, target: str) -> str | None:
        """Return the column that is mapped to `target`, None without one."""
        return next((column for column, mapped in self.targets.items() if mapped == target), None)

    def to_json(self) -> str:
        """Return the mapping as JSON, for the next table of the same form."""
        return json.dumps(dict(self.targets), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ColumnMapping:
        """Return a mapping that was kept; DataError where it is none."""
        try:
            kept = json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            kept = None
        if not isinstance(kept, dict) or not all(isinstance(target, str) for target in kept.values()):
            raise DataError.single("bad_mapping", "mapping", "the mapping that was kept cannot be read", "Map again")
        return cls(kept)


def guess_mapping(table: Table, layer: Layer, chosen: Mapping[str, str] | None = None) -> ColumnMapping:
    """Return what the columns of a table seem to be.

    Args:
        table: The table.
        layer: The layer that it is for.
        chosen: What a person has said of some columns, now or the last time; it goes before every guess.

    Returns:
        The mapping. Columns of which nothing is known are not in it. Empty ones and running numbers are left out, and
        so are numbers of positions beside a geometry.
    """
    told = {column: target for column, target in (chosen or {}).items() if column in table.columns}
    taken = set(told.values()) - {LEFT_OUT}
    names = _known_names(layer)
    targets = dict(told)
    for index, column in enumerate(table.columns):
        target = names.get(_plain(column), names.get(_plain(column, without_brackets=True)))
        if column in told or target in taken:
            continue
        if target in _POSITIONS and any(geometry is not None for geometry in table.geometries or ()):
            target = LEFT_OUT  # the file's own geometry is the position, whatever its attributes repeat
        if target is not None:
            targets[column] = target
            taken |= {target} - {LEFT_OUT}
        elif _plain(column) in _RUNNING_NUMBERS or all(is_empty(row[index]) for row in table.rows):
            targets[column] = LEFT_OUT
    return ColumnMapping({column: targets[column] for column in table.columns if column in targets})


def mapping_problems(mapping: ColumnMapping, table: Table, layer: Layer) -> list[Problem]:
    """Return what keeps a mapping from being used: unknown columns and targets, targets that two columns claim."""
    targets = [*PLACE_TARGETS, *property_types(layer)]
    problems = [_unmapped(column, targets) for column in table.columns if column not in mapping.targets]
    claimed: dict[str, str] = {}
    for column, target in mapping.targets.items():
        if column not in table.columns:
            remedy = f"Its columns are {', '.join(table.columns)}"
            problems.append(Problem("unknown_column", f"column {column}", "the table has no such column", remedy))
        elif target != LEFT_OUT and target not in targets:
            remedy = f"Choose one of {', '.join(targets)}"
            problems.append(Problem("unknown_target", f"column {column}", f"{target!r} is not a property", remedy))
        elif target != LEFT_OUT and target in claimed:
            found = f"the column {claimed[target]} is mapped to {target} too"
            problems.append(Problem("target_twice", f"column {column}", found, "Leave one of them out"))
        claimed.setdefault(target, column)
    if table.geometries is None and (mapping.column_of("lon") is None) != (mapping.column_of("lat") is None):
        found = "only one of longitude and latitude is mapped"
        problems.append(Problem("half_position", "columns", found, "Map both, or leave both out"))
    return problems


def _known_names(layer: Layer) -> dict[str, str]:
    """Return the target of every plain name; the layer's own properties go before the common other names."""
    properties = property_types(layer)
    own = {_plain(name): prop for prop, kind in properties.items() for name in (prop, kind.label.zh, kind.label.en)}
    others = {
        _plain(name): target
        for target, names in _OTHER_NAMES.items()
        for name in names
        if target in properties or target in PLACE_TARGETS
    }
    return others | own


def _plain(name: str, *, without_brackets: bool = False) -> str:
    """Return a name without what does not tell columns apart: width, case, blanks, and a unit in brackets."""
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    if without_brackets:
        text = _IN_BRACKETS.sub("", text)
    return _JOINTS.sub("", text)


def _unmapped(column: str, targets: Iterable[str]) -> Problem:
    remedy = f"Say which it is, or leave it out on purpose; there are {', '.join(targets)}"
    found = "nothing is known of this column"
    return Problem("unmapped_column", f"column {column}", found, remedy, figures={"column": column})
