"""Where symbols and names go on a printed map, so that none covers another: boxes on paper, greedy and repeatable."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import shapely
from shapely import Polygon, affinity
from shapely.geometry.base import BaseGeometry

SYMBOL_PX, GAP_PX = 24.0, 3.0
NAME_PX = 13.0
_RINGS_PX = (0.0, 24.0, 36.0, 48.0, 64.0, 80.0, 100.0, 124.0)
_DIRECTIONS = 16
_ALONG = (0.5, 0.35, 0.65, 0.2, 0.8)
_LATIN_WIDTH = 0.56

Point = tuple[float, float]


@dataclass(slots=True)
class Sheet:
    """The paper: its size in px, and what is taken on it already."""

    width: float
    height: float
    taken: list[BaseGeometry] = field(default_factory=list)

    def take(self, shape: BaseGeometry) -> bool:
        """Take the room of `shape` when it is free and on the paper; return whether it was."""
        on_paper = shapely.box(0, 0, self.width, self.height).contains(shape)
        if not on_paper or any(shape.intersects(other) for other in self.taken):
            return False
        self.taken.append(shape)
        return True


@dataclass(frozen=True, slots=True)
class SetName:
    """A street's name as it is set: its middle, and its angle in degrees, clockwise as SVG counts."""

    text: str
    at: Point
    angle_deg: float


def place_symbols(sheet: Sheet, points: Sequence[Point]) -> list[Point]:
    """Return where each symbol is drawn: at its point, else on the nearest free spot round it."""
    return [_free_spot(sheet, point) for point in points]


def set_street_names(sheet: Sheet, streets: Iterable[tuple[str, BaseGeometry]]) -> list[SetName]:
    """Return the names that have room along their streets, the longest streets first, one name a street."""
    paper = shapely.box(0, 0, sheet.width, sheet.height)
    visible = [(name, shapely.intersection(lines, paper)) for name, lines in streets if name]
    ordered = sorted(visible, key=lambda street: (-street[1].length, street[0]))
    found = (_set_name(sheet, name, lines) for name, lines in ordered)
    return [name for name in found if name is not None]


def text_width(text: str, size_px: float) -> float:
    """Return about how wide a text is: Chinese characters fill a square, others about half of one."""
    return sum(size_px if ord(letter) > 0x2E7F else size_px * _LATIN_WIDTH for letter in text)


def _free_spot(sheet: Sheet, point: Point) -> Point:
    """Return the nearest spot to `point` with room for a symbol; the point itself where there is none at all."""
    half = SYMBOL_PX / 2 + GAP_PX / 2
    for radius in _RINGS_PX:
        for step in range(_DIRECTIONS if radius else 1):
            turn = 2 * math.pi * step / _DIRECTIONS
            x, y = point[0] + radius * math.cos(turn), point[1] + radius * math.sin(turn)
            if sheet.take(shapely.box(x - half, y - half, x + half, y + half)):
                return x, y
    return point


def _set_name(sheet: Sheet, name: str, lines: BaseGeometry) -> SetName | None:
    """Return a street's name along the longest of its lines that has room for it."""
    wide = text_width(name, NAME_PX)
    parts = [line for line in shapely.get_parts(lines) if line.geom_type == "LineString" and line.length > wide]
    for line in sorted(parts, key=lambda part: -part.length)[:4]:
        for share in _ALONG:
            middle = share * line.length
            begin, end = (line.interpolate(middle + side * wide / 2) for side in (-1, 1))
            angle = _upright_deg(math.degrees(math.atan2(end.y - begin.y, end.x - begin.x)))
            at = ((begin.x + end.x) / 2, (begin.y + end.y) / 2)
            if begin.distance(end) > 0.9 * wide and sheet.take(_name_box(at, wide, angle)):
                return SetName(name, at, angle)
    return None


def _upright_deg(angle_deg: float) -> float:
    """Return the angle at which the text does not stand on its head."""
    return angle_deg - 180 if angle_deg > 90 else angle_deg + 180 if angle_deg < -90 else angle_deg


def _name_box(at: Point, wide: float, angle_deg: float) -> Polygon:
    """Return the room that a name takes."""
    box = shapely.box(at[0] - wide / 2, at[1] - NAME_PX * 0.6, at[0] + wide / 2, at[1] + NAME_PX * 0.6)
    return affinity.rotate(box, angle_deg, origin=at)
