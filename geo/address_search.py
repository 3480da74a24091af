"""A typed text to places: street and number, lane, crossing, or a name; by characters, pinyin or initials."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.address_names import Name, StreetKeys, match_name, name_of, street_keys, typed_name
from geo.address_text import HouseNumber, fold_typed, number_before, read_number, split_latin
from geo.datum import geodesic_lengths_m
from geo.gazetteer import Candidate, Crossing, Gazetteer, How, KnownNumber
from geo.house_numbers import NumberedStreet, estimate_number, numbered_street
from geo.network import WalkNetwork

MOST_CANDIDATES = 8
_NUMBER_SCORES: dict[How, float] = {"known_number": 96.0, "between_numbers": 92.0, "beside_number": 84.0}
CROSSING_SCORE, STREET_SCORE, ON_STREET_SCORE = 95.0, 60.0, 40.0


@dataclass(frozen=True, eq=False)
class AddressIndex:
    """Everything that can be found by typing, ready to be searched.

    Attributes:
        streets: Streets with their lines and known numbers, by name.
        whole: The drawn streets as a whole, by name.
        keys: How the streets' names may be typed.
        crossings: Crossings by the two streets' names.
        names: Everything else that has a name of its own.
        outlines: Outlines of the subdistricts by slug, WGS-84.
    """

    streets: Mapping[str, NumberedStreet]
    whole: Mapping[str, Candidate]
    keys: StreetKeys
    crossings: Mapping[frozenset[str], Candidate]
    names: tuple[Name, ...]
    outlines: Mapping[str, Polygon]


def street_lines_of(network: WalkNetwork) -> dict[str, BaseGeometry]:
    """Return the lines of a network's named streets, WGS-84, by name."""
    ends = np.stack([network.edge_u, network.edge_v], axis=1)
    lines = np.stack([network.lon[ends], network.lat[ends]], axis=2)
    names = network.way_name[network.edge_way]
    found = {network.names[number]: MultiLineString(list(lines[names == number])) for number in np.unique(names)}
    return {name: line for name, line in found.items() if name}


def build_address_index(
    gazetteer: Gazetteer,
    streets: Mapping[str, BaseGeometry],
    places: Sequence[Candidate] = (),
    numbers: Sequence[KnownNumber] = (),
    outlines: Mapping[str, Polygon] | None = None,
) -> AddressIndex:
    """Return the index over a gazetteer and what the caller adds.

    Args:
        gazetteer: Crossings, known numbers and places.
        streets: Lines of the streets by name, WGS-84.
        places: Facilities and compounds with a real position; samples and unlocated ones are not to be given.
        numbers: House numbers beside those of the gazetteer.
        outlines: Outlines of the subdistricts by slug, WGS-84.
    """
    by_street: dict[str, list[KnownNumber]] = defaultdict(list)
    for number in (*gazetteer.numbers, *numbers):
        by_street[number.street].append(number)
    crossed = {street for crossing in gazetteer.crossings for street in crossing.streets}
    known = sorted(crossed | set(by_street) | set(streets))
    lines = {name: numbered_street(name, streets.get(name), by_street[name]) for name in by_street}
    lines |= {name: numbered_street(name, line, ()) for name, line in streets.items() if name not in lines}
    everywhere = _unlike(_one_each((*gazetteer.places, *places)), streets)
    return AddressIndex(
        lines,
        {name: _whole_street(street, outlines or {}) for name, street in lines.items() if street.line is not None},
        street_keys(known),
        _crossings(gazetteer.crossings),
        tuple(name_of(place) for place in everywhere),
        outlines or {},
    )


def _one_each(places: Iterable[Candidate]) -> list[Candidate]:
    """Return places without those told twice: one name on one spot; a facility's record stands before a register's."""
    best: dict[tuple[str, float, float], Candidate] = {}
    for place in places:
        best[place.label, round(place.lon, 4), round(place.lat, 4)] = place
    return list(best.values())


def _unlike(places: Sequence[Candidate], streets: Mapping[str, BaseGeometry]) -> list[Candidate]:
    """Return places whose labels differ: where several have one name, the nearest street is added, then a number."""
    count = Counter(place.label for place in places)
    names = list(streets)
    tree = shapely.STRtree([streets[name] for name in names])
    taken: Counter[str] = Counter()
    unlike = []
    for place in places:
        label = place.label
        if count[label] > 1 and names:
            label = f"{label}（{names[int(tree.nearest(Point(place.lon, place.lat)))]}）"
        taken[label] += 1
        unlike.append(replace(place, label=label if taken[label] == 1 else f"{label} {taken[label]}"))
    return unlike


def find_candidates(
    index: AddressIndex, text: str, subdistrict: str | None = None, limit: int = MOST_CANDIDATES
) -> list[Candidate]:
    """Return where a typed text may be, best first, at most `limit`; nothing where nothing fits.

    Args:
        index: What can be found.
        text: What was typed; a plain text, never a pattern.
        subdistrict: Only candidates in this one; None everywhere.
        limit: How many at most.

    Raises:
        RequestError: The text is too long for an address.
    """
    folded = fold_typed(text)
    if not folded:
        return []
    found = [*_by_street(index, folded), *_by_name(index, folded)]
    fitting = [one for one in found if subdistrict is None or one.subdistrict == subdistrict]
    fitting.sort(key=lambda one: (-one.score, not one.subdistrict, one.accuracy_m, one.label))
    best: dict[str, Candidate] = {}
    for one in fitting:
        best.setdefault(one.label, one)
    return list(best.values())[:limit]


def candidate_at(index: AddressIndex, label: str) -> Candidate | None:
    """Return the candidate of exactly that label, None where there is none (any more)."""
    return next((one for one in find_candidates(index, label) if one.label == label), None)


def _by_name(index: AddressIndex, folded: str) -> list[Candidate]:
    typed = typed_name(folded)
    scored = ((match_name(name, typed), name.candidate) for name in index.names)
    return [replace(candidate, score=score) for score, candidate in scored if score > 0]


def _by_street(index: AddressIndex, folded: str) -> list[Candidate]:
    if folded.isascii():
        letters, number = split_latin(folded)
        return [
            candidate
            for streets, share in index.keys.spelled(letters)
            for candidate in _on_streets(index, streets, number, share)
        ]
    # 浦东新区金桥路 is 金桥路 and not its crossing with 浦东大道: the region before an address is no street.
    text, mentions = folded, []
    for text in reversed(typed_name(folded)):
        mentions = index.keys.mentioned(text)
        if mentions:
            break
    number = (read_number(text[mentions[-1].end :]) or number_before(text)) if mentions else None
    return _on_streets(index, tuple(dict.fromkeys(mention.street for mention in mentions)), number, 1.0)


def _on_streets(
    index: AddressIndex, streets: tuple[str, ...], number: HouseNumber | None, share: float
) -> list[Candidate]:
    """Return what one or two streets and perhaps a number name; scores are multiplied by `share`."""
    found: list[Candidate] = []
    if len(streets) > 1 and number is None:
        crossing = index.crossings.get(frozenset(streets[:2]))
        found += [replace(crossing, score=CROSSING_SCORE * share)] if crossing is not None else []
    for street in streets[-1:] if number is not None else streets[:2]:
        found += _on_street(index, street, number, share if len(streets) == 1 or number is not None else share * 0.8)
    return found


def _on_street(index: AddressIndex, street: str, number: HouseNumber | None, share: float) -> list[Candidate]:
    found: list[Candidate] = []
    line, whole = index.streets.get(street), index.whole.get(street)
    there = None if number is None or line is None else estimate_number(line, number)
    if number is not None and there is not None and (whole is None or there.accuracy_m < whole.accuracy_m):
        where = (round(there.lon, 6), round(there.lat, 6))
        label = f"{street}{number.label}"
        score = _NUMBER_SCORES[there.how] * share
        return [Candidate(label, *where, round(there.accuracy_m), there.how, slug_at(index.outlines, *where), score)]
    if whole is not None:
        found.append(replace(whole, score=STREET_SCORE * share))
    crossings = [one for streets, one in index.crossings.items() if street in streets] if number is None else []
    return found + [replace(one, score=ON_STREET_SCORE * share) for one in crossings]


def _whole_street(street: NumberedStreet, outlines: Mapping[str, Polygon]) -> Candidate:
    """Return the middle of a street, with the way to its farther end as accuracy."""
    line = street.line
    parts = [part for part in shapely.get_parts(line) if isinstance(part, LineString)]
    middle = max(parts, key=lambda part: part.length).interpolate(0.5, normalized=True)
    half_m = max(middle.hausdorff_distance(line), 1.0)
    lon, lat = (round(float(value), 6) for value in street.projection.to_lonlat(middle.x, middle.y))
    return Candidate(street.name, lon, lat, round(half_m), "street", slug_at(outlines, lon, lat))


def _crossings(crossings: Iterable[Crossing]) -> dict[frozenset[str], Candidate]:
    """Return one candidate for each pair of streets: where they meet more than once, the middle, less exactly."""
    points: dict[frozenset[str], list[Candidate]] = defaultdict(list)
    for crossing in crossings:
        points[crossing.streets].append(crossing.candidate)
    return {streets: _middle(found) for streets, found in points.items()}


def _middle(found: Sequence[Candidate]) -> Candidate:
    lon, lat = (float(np.mean([getattr(one, axis) for one in found])) for axis in ("lon", "lat"))
    apart_m = max(float(geodesic_lengths_m(lon, lat, one.lon, one.lat)[0]) for one in found)
    return replace(found[0], lon=round(lon, 6), lat=round(lat, 6), accuracy_m=round(found[0].accuracy_m + apart_m))


def slug_at(outlines: Mapping[str, Polygon], lon: float, lat: float) -> str:
    """Return the subdistrict that a position lies in, "" outside of all."""
    return next((slug for slug, outline in outlines.items() if shapely.intersects_xy(outline, lon, lat)), "")
