"""The outlines of committees as a small map in SVG, the darker the larger the share that is covered."""

from __future__ import annotations

from html import escape

import shapely
from flask_babel import gettext as _
from shapely.geometry.base import BaseGeometry

from geo.fairness import CommitteeFairness, Fairness
from geo.place import Place
from geo.service_area import to_metres
from webmap.place_names import local_name
from webmap.print_map import svg_path
from webmap.views import share

_WIDTH = 400.0  # narrow, so that names keep their size on a phone
_MARGIN = 10.0
_STEPS = (0.25, 0.5, 0.75, 0.999)
_LETTER_PX = 14.0


def committee_map(place: Place, fair: Fairness) -> str:
    """Return the committees' outlines with names and shares, empty where nobody has brought outlines."""
    drawn = [one for one in fair.committees if one.group.outline is not None]
    if not drawn:
        return ""
    outline = to_metres(place.network, place.outline)
    areas = [to_metres(place.network, one.group.outline) for one in drawn if one.group.outline is not None]
    west, south, east, north = shapely.total_bounds([outline, *areas]).tolist()
    scale = (_WIDTH - 2 * _MARGIN) / max(east - west, 1.0)
    height = (north - south) * scale + 2 * _MARGIN

    def on_paper(area: BaseGeometry) -> BaseGeometry:
        moved = shapely.transform(area, lambda xy: (xy - [west, north]) * [scale, -scale] + _MARGIN)
        return shapely.simplify(moved, 0.3)

    shapes = [on_paper(area) for area in areas]
    both = list(zip(drawn, shapes, strict=True))
    parts = [f'<path class="committee is-{_step(one)}" d="{svg_path(shape)}"/>' for one, shape in both]
    parts.append(f'<path class="committee-edge" d="{svg_path(on_paper(outline))}"/>')
    parts += [_words(one, shape) for one, shape in both]
    name = escape(_("各居委会走得到的居民，内容和下面的表一样"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="committee-map" role="img" aria-label="{name}" '
        f'viewBox="0 0 {_WIDTH:g} {height:.0f}" width="{_WIDTH:g}" height="{height:.0f}">{"".join(parts)}</svg>'
    )


def _step(one: CommitteeFairness) -> str:
    """Return the class of a share: 0 to 4, `none` where nobody lives."""
    if one.people.share is None:
        return "none"
    return str(sum(one.people.share >= cut for cut in _STEPS))


def _words(one: CommitteeFairness, shape: BaseGeometry) -> str:
    """Return a committee's name and share, where its outline has room for them."""
    name = local_name(one.group.names[0]).removesuffix(" Residents' Committee")
    name = name.removesuffix("居委会").removesuffix("居民区")
    spot = shapely.point_on_surface(shape)
    west, _south, east, _north = shape.bounds
    if east - west < _LETTER_PX * len(name):
        return ""
    said = "—" if one.people.share is None else share(one.people.share)
    at = f'class="on-{_step(one)}" x="{spot.x:.1f}" text-anchor="middle"'
    lines = ((spot.y - 2, name), (spot.y + _LETTER_PX, said))
    return "".join(f'<text {at} y="{y:.1f}">{escape(words)}</text>' for y, words in lines)
