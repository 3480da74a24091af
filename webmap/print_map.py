"""A printed map as SVG: outline, streets in bands of walking time, numbered symbols, names, scale, north.

Solid lines are within the 15 minutes and broken ones beyond, widths fall with the time: the map reads in black and
white too. Positions are worked out in the network's metres; the drawing is a picture and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.network import WalkNetwork
from webmap.print_labels import NAME_PX, SYMBOL_PX, Point, Sheet, place_symbols, set_street_names, text_width
from webmap.symbols import SHAPES

FONT = "Noto Sans SC"
INK, LAND, GROUND, OUTSIDE = "#14191D", "#FAFBFB", "#E9EDEE", "#5C6871"
BAND_STYLES = (
    ("#0A3557", 6.5, ""),
    ("#1069A3", 5.0, ""),
    ("#4593C3", 3.6, ""),
    ("#BF6D00", 3.6, "9 5"),
    ("#8C2600", 3.0, "2 5"),
)
_STREET_STYLE = ("#9AA6AD", 3.0, "")
_PLATE = 'fill="#FFFFFF" fill-opacity="0.92"'
View = tuple[float, float, float, float]
_FINEST_PX = 0.2
"""Bends smaller than this are not drawn: on a whole city's sheet they are most of them."""

_ROUND_LENGTHS_M = (50, 100, 200, 500, 1000, 2000)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A numbered symbol: its place in metres, the family that gives its shape, and whether its place is rough."""

    number: int
    at: Point
    family: str
    rough: bool


@dataclass(frozen=True, slots=True)
class Start:
    """The starting point: its place in metres, its name, and how far off it may be (None: not known)."""

    at: Point
    name: str
    accuracy_m: float | None


@dataclass(frozen=True)
class PrintScene:
    """What one printed map shows; shapes are in metres, `view` is (west, south, east, north) in metres."""

    view: View
    outline: BaseGeometry
    bands: Sequence[BaseGeometry]
    streets: Sequence[tuple[str, BaseGeometry]]
    symbols: Sequence[Symbol]
    start: Start | None
    routes: Sequence[BaseGeometry] = ()
    area: BaseGeometry | None = None
    north: str = "北"
    attribution: str = "© OpenStreetMap contributors (ODbL)"


def fitted_view(points: np.ndarray, width: float, height: float, least_m: float = 400.0) -> View:
    """Return the view in metres that shows all `points` (n, 2) in a map of that shape, `least_m` across at least."""
    margin = 0.08
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    half_x = max((east - west) / 2, least_m / 2) * (1 + 2 * margin)
    half_y = max((north - south) / 2, least_m / 2 * height / width) * (1 + 2 * margin)
    half_x = max(half_x, half_y * width / height)
    half_y = half_x * height / width
    return middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y


def named_streets(network: WalkNetwork, names_en: Mapping[str, str]) -> list[tuple[str, BaseGeometry]]:
    """Return each street's name and its joined lines in metres; what has no name is one street without.

    `names_en` holds the names to write in place of its own, empty for a Chinese map.
    """
    names, lines = network.way_name[network.edge_way], np.asarray(shapely.linestrings(network.edge_ends_xy()))
    return [
        (
            names_en.get(network.names[number], network.names[number]),
            shapely.line_merge(shapely.multilinestrings(lines[names == number])),
        )
        for number in np.unique(names)
    ]


def draw_map(scene: PrintScene, width: float, height: float) -> str:
    """Return the map as an SVG text of `width` x `height` px."""
    scale = width / (scene.view[2] - scene.view[0])

    def to_paper(xy: np.ndarray) -> np.ndarray:
        return np.column_stack([(xy[:, 0] - scene.view[0]) * scale, (scene.view[3] - xy[:, 1]) * scale])

    def drawn(shape: BaseGeometry) -> BaseGeometry:
        moved = shapely.simplify(shapely.transform(shape, to_paper), _FINEST_PX)
        return shapely.intersection(moved, shapely.box(-20, -20, width + 20, height + 20))

    sheet = Sheet(width, height)
    furniture = [_scale_bar(sheet, scale), _north(sheet, scene.north), _attribution(sheet, scene.attribution)]
    outline = drawn(scene.outline)
    body = [
        f'<rect width="{width:g}" height="{height:g}" fill="{GROUND}"/>',
        f'<path d="{svg_path(outline)}" fill="{LAND}"/>',
        *_bands([drawn(band) for band in scene.bands], outline),
        f'<path d="{svg_path(outline)}" fill="none" stroke="{INK}" stroke-width="1.6" stroke-dasharray="10 3 2 3"/>',
        *_area(None if scene.area is None else drawn(scene.area)),
        *_routes([drawn(route) for route in scene.routes]),
        *_symbols_and_start(sheet, scene, to_paper, scale),
        *[_name(name.text, name.at, name.angle_deg) for name in set_street_names(sheet, _moved(scene.streets, drawn))],
        *furniture,
        f'<rect x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" fill="none" stroke="{INK}"/>',
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
    return f'{head}viewBox="0 0 {width:g} {height:g}" font-family="{FONT}">{"".join(body)}</svg>'


def _moved(
    streets: Sequence[tuple[str, BaseGeometry]], drawn: Callable[[BaseGeometry], BaseGeometry]
) -> list[tuple[str, BaseGeometry]]:
    return [(name, drawn(lines)) for name, lines in streets]


def _bands(bands: Sequence[BaseGeometry], outline: BaseGeometry) -> list[str]:
    """Return the streets, the nearest band on top; what lies outside the subdistrict is drawn paler."""
    styles = BAND_STYLES if len(bands) > 1 else (_STREET_STYLE,)
    lines = []
    for band, (colour, wide, dash) in reversed(list(zip(bands, styles, strict=True))):
        for inside, opacity in ((False, 0.35), (True, 1.0)):
            part = shapely.intersection(band, outline) if inside else shapely.difference(band, outline)
            if not part.is_empty:
                look = f'stroke="{colour}" stroke-width="{wide}" stroke-opacity="{opacity}"'
                dashes = f' stroke-dasharray="{dash}"' if dash else ' stroke-linecap="round"'
                lines.append(f'<path d="{svg_path(part)}" fill="none" {look}{dashes}/>')
    return lines


def _area(area: BaseGeometry | None) -> list[str]:
    """Return the outline of whom the sheet is for, heavy on a white edge."""
    if area is None:
        return []
    path = svg_path(area)
    return [
        f'<path d="{path}" fill="none" stroke="#FFFFFF" stroke-width="6"/>',
        f'<path d="{path}" fill="{INK}" fill-opacity="0.05" stroke="{INK}" stroke-width="2.6"/>',
    ]


def _routes(routes: Sequence[BaseGeometry]) -> list[str]:
    """Return ways out: the first solid, the second broken, each on a white edge."""
    lines = []
    for number, route in enumerate(routes):
        path = svg_path(route)
        dash = ' stroke-dasharray="12 6"' if number else ""
        lines.append(f'<path d="{path}" fill="none" stroke="#FFFFFF" stroke-width="9"/>')
        lines.append(f'<path d="{path}" fill="none" stroke="#14603F" stroke-width="5"{dash}/>')
    return lines


def _symbols_and_start(
    sheet: Sheet, scene: PrintScene, to_paper: Callable[[np.ndarray], np.ndarray], scale: float
) -> list[str]:
    """Return the starting point and the symbols; a symbol that had to move has a line to its place."""
    points = [_one(to_paper, symbol.at) for symbol in scene.symbols]
    at = None if scene.start is None else _one(to_paper, scene.start.at)
    start = [] if scene.start is None or at is None else _start(sheet, scene.start, (at, points), scale)
    spots = place_symbols(sheet, points)
    leaders = [
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{at[0]:.1f}" y2="{at[1]:.1f}" stroke="{INK}" stroke-width="1.2"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{INK}"/>'
        for (x, y), at in zip(points, spots, strict=True)
        if (x, y) != at
    ]
    return [*start, *leaders, *[_symbol(symbol, spot) for symbol, spot in zip(scene.symbols, spots, strict=True)]]


def _start(sheet: Sheet, start: Start, places: tuple[Point, Sequence[Point]], scale: float) -> list[str]:
    """Return the starting point, its error circle to scale, and its name on the side with fewest symbols."""
    at, points = places
    wide = text_width(start.name, 15) + 12
    sheet.take(shapely.Point(at).buffer(10))
    sides = [(-wide / 2, 12.0), (-wide / 2, -36.0), (14.0, -12.0), (-wide - 14, -12.0)]
    plates = [shapely.box(at[0] + x, at[1] + y, at[0] + x + wide, at[1] + y + 24) for x, y in sides]
    plate = min(plates, key=lambda box: sum(box.buffer(SYMBOL_PX / 2).contains(shapely.Point(one)) for one in points))
    sheet.take(plate)
    left, top = plate.bounds[:2]
    circle = ""
    if start.accuracy_m:
        look = f'fill="{INK}" fill-opacity="0.07" stroke="{INK}" stroke-width="1.4" stroke-dasharray="5 4"'
        circle = f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{start.accuracy_m * scale:.1f}" {look}/>'
    name = f'<text x="{left + wide / 2:.1f}" y="{top + 17.5:.1f}" font-size="15" font-weight="700" text-anchor="middle"'
    return [
        circle,
        f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="8" fill="#FFFFFF" stroke="{INK}" stroke-width="4"/>',
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="24" rx="4" {_PLATE}/>',
        f'{name} fill="{INK}">{escape(start.name)}</text>',
    ]


def symbol_svg(number: int, family: str, *, rough: bool) -> str:
    """Return one numbered symbol as a small SVG of its own, for the table beside the map."""
    inner = _symbol(Symbol(number, (0, 0), family, rough), (SYMBOL_PX / 2 + 1, SYMBOL_PX / 2 + 1))
    side = SYMBOL_PX + 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side:g}" height="{side:g}" viewBox="0 0 {side:g} {side:g}" '
        f'font-family="{FONT}">{inner}</svg>'
    )


def _symbol(symbol: Symbol, at: Point) -> str:
    """Return a number in its family's shape: filled where the place is known, a broken outline where it is rough."""
    path = next(shape.path for shape in SHAPES if shape.family == symbol.family)
    scale = SYMBOL_PX / 32
    moved = f'transform="translate({at[0] - SYMBOL_PX / 2:.1f} {at[1] - SYMBOL_PX / 2:.1f}) scale({scale})"'
    if symbol.rough:
        look, ink = f'fill="#FFFFFF" stroke="{INK}" stroke-width="2.4" stroke-dasharray="5 3"', INK
    else:
        look, ink = f'fill="{INK}" stroke="#FFFFFF" stroke-width="2"', "#FFFFFF"
    size = 13 if symbol.number < 10 else 11.5
    return (
        f'<path d="{path}" {moved} {look}/><text x="{at[0]:.1f}" y="{at[1] + size * 0.36:.1f}" font-size="{size}" '
        f'font-weight="700" text-anchor="middle" fill="{ink}">{symbol.number}</text>'
    )


def _name(text: str, at: Point, angle_deg: float) -> str:
    """Return a street's name with a halo of land."""
    turned = f'transform="rotate({angle_deg:.1f} {at[0]:.1f} {at[1]:.1f})"'
    look = f'font-size="{NAME_PX:g}" text-anchor="middle" fill="{OUTSIDE}"'
    where = f'x="{at[0]:.1f}" y="{at[1] + NAME_PX * 0.36:.1f}" {turned}'
    halo = f'<text {where} {look} stroke="{LAND}" stroke-width="3.5" stroke-linejoin="round">{escape(text)}</text>'
    return f"{halo}<text {where} {look}>{escape(text)}</text>"


def _scale_bar(sheet: Sheet, scale: float) -> str:
    """Return the scale at the bottom left: the longest round length that fits 160 px."""
    length_m = max((one for one in _ROUND_LENGTHS_M if one * scale <= 160), default=_ROUND_LENGTHS_M[0])
    wide, y = length_m * scale, sheet.height - 18
    sheet.take(shapely.box(8, y - 26, wide + 86, y + 10))
    return (
        f'<rect x="8" y="{y - 26:g}" width="{wide + 78:.1f}" height="36" rx="4" {_PLATE}/>'
        f'<path d="M18 {y - 6:g}V{y:g}H{18 + wide:.1f}V{y - 6:g}" fill="none" stroke="{INK}" stroke-width="1.6"/>'
        f'<text x="18" y="{y - 11:g}" font-size="12" fill="{INK}">0</text>'
        f'<text x="{24 + wide:.1f}" y="{y + 3:g}" font-size="12" fill="{INK}">{length_m} m</text>'
    )


def _north(sheet: Sheet, word: str) -> str:
    """Return the arrow to the north at the top right."""
    x = sheet.width - 28
    sheet.take(shapely.box(x - 18, 8, x + 18, 60))
    return (
        f'<rect x="{x - 16:g}" y="10" width="32" height="48" rx="4" {_PLATE}/>'
        f'<path d="M{x:g} 15L{x + 7:g} 36L{x:g} 31L{x - 7:g} 36z" fill="{INK}"/>'
        f'<text x="{x:g}" y="52" font-size="12" text-anchor="middle" fill="{INK}">{escape(word)}</text>'
    )


def _attribution(sheet: Sheet, words: str) -> str:
    """Return where the streets come from, at the bottom right."""
    wide = text_width(words, 11) + 14
    left, top = sheet.width - wide - 6, sheet.height - 24
    sheet.take(shapely.box(left, top, sheet.width - 2, sheet.height - 2))
    return (
        f'<rect x="{left:.1f}" y="{top:g}" width="{wide:.1f}" height="20" {_PLATE}/>'
        f'<text x="{sheet.width - 12:g}" y="{top + 14:g}" font-size="11" text-anchor="end" '
        f'fill="{OUTSIDE}">{escape(words)}</text>'
    )


def _one(to_paper: Callable[[np.ndarray], np.ndarray], at: Point) -> Point:
    x, y = to_paper(np.array([at]))[0]
    return float(x), float(y)


def svg_path(shape: BaseGeometry) -> str:
    """Return the path data of lines and polygons, in the units that they are in."""
    return "".join(_ring(line) for part in shapely.get_parts(shape) for line in _lines(part))


def _lines(part: BaseGeometry) -> Iterable[BaseGeometry]:
    if part.geom_type == "Polygon":
        return [part.exterior, *part.interiors]  # type: ignore[attr-defined] # a Polygon has both
    return [part] if part.geom_type in {"LineString", "LinearRing"} else []


def _ring(line: BaseGeometry) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shapely.get_coordinates(line))
    return f"M{points}" + ("z" if line.geom_type == "LinearRing" else "")
