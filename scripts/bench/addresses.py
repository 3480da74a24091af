"""How well addresses are found: `python scripts/bench/addresses.py` prints docs/addresses.md.

Every case of tests/geo/address_cases.csv is typed once. A house number is scored with its own anchor, and every other
known number on the same spot, taken out of the index.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from geo.address_places import facility_places
from geo.address_score import AddressCase, AddressScore, read_cases, score_cases, without_anchor
from geo.address_search import AddressIndex, build_address_index, find_candidates, street_lines_of
from geo.catalog import read_catalog
from geo.gazetteer import Gazetteer, read_gazetteer
from geo.layers import read_layer
from geo.network_build import build_network, read_streets
from geo.place import read_outlines

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "geo" / "address_cases.csv"
HEAD = """# Finding addresses: how well

Printed by `python scripts/bench/addresses.py` from `tests/geo/address_cases.csv`, a table written from the gazetteer
and the layers: what is typed, what it means, where that is. **A house number is scored with its own anchor taken out
of the index**, and with it every other known number on the same spot, so that no answer is looked up. A case is found
at a rank when the candidate of that rank has the right label; the error is its distance from the known position,
which is itself 20 or 75 m off for numbers. "Within" says how often that error is no more than the accuracy that the
candidate gives plus the accuracy of the known position.
"""
NOTES = """
What limits it: 33 numbers on 20 streets are known, and most of these streets have a single one. Taken out, it leaves
nothing to go by: the answer is then the whole street with the way to its end as accuracy, never a guessed point; that
is the honest miss of the last table, and it goes away as staff survey doors. On the other streets a number is placed
between its neighbours on its own side; where only the other side is known, 60 m are added. Beyond the last known
number it is placed at 2 m a number (or at the pace of the two numbers before it), away from 人民广场 for higher
numbers, with 40 % of that way as error; beyond 1.2 km, or where the whole street is the more exact answer, it is not.
"""


def index_source(root: Path) -> Callable[[Gazetteer], AddressIndex]:
    """Return a function from a gazetteer to the index over it and over the bundled streets and layers."""
    catalog, outlines = read_catalog(root / "data"), read_outlines(root / "data" / "base" / "subdistricts.geojson")
    base, layers = root / "data" / "base", root / "data" / "layers"
    streets = {
        name: line
        for slug in catalog.subdistricts
        for name, line in street_lines_of(build_network(read_streets([base / f"streets_{slug}.geojson"]))).items()
    }
    frames = {
        layer.id: read_layer(layers / f"{layer.id}.geojson", layer, catalog, outlines).frame
        for layer in catalog.layers.values()
    }
    places = facility_places(frames)
    return lambda gazetteer: build_address_index(gazetteer, streets, places, (), outlines)


def score_bundled(root: Path) -> list[AddressScore]:
    """Return the score of every case over the bundled data."""
    gazetteer = read_gazetteer(root / "data" / "base" / "gazetteer.csv")
    build = index_source(root)
    whole = build(gazetteer)

    @cache
    def without(lon: float, lat: float) -> AddressIndex:
        return build(without_anchor(gazetteer, AddressCase("", "", lon, lat, 0, "", "")))

    def index_for(case: AddressCase) -> AddressIndex:
        return without(case.lon, case.lat) if case.group == "number" else whole

    return score_cases(read_cases(root / "tests" / "geo" / "address_cases.csv"), index_for)


def main() -> int:
    """Print the tables."""
    scores = score_bundled(ROOT)
    print(HEAD)
    _print_groups(scores)
    _print_numbers([score for score in scores if score.case.group == "number"])
    _print_misses(scores)
    print(NOTES)
    _print_speed()
    return 0


def _print_groups(scores: Sequence[AddressScore]) -> None:
    print("| group | cases | first | among three | median error | 90 % | within |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    groups: dict[str, list[AddressScore]] = {"all": list(scores)}
    for score in scores:
        groups.setdefault(score.case.group, []).append(score)
    for group, own in groups.items():
        print(f"| {group} | {_figures(own)} |")


def _print_numbers(scores: Sequence[AddressScore]) -> None:
    print("\nHouse numbers by how the answer is known, each position once:\n")
    print("| how | positions | first | among three | median error | 90 % | within |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    once = {(score.case.means, score.case.lon): score for score in scores}.values()
    kinds: dict[str, list[AddressScore]] = {}
    for score in once:
        kinds.setdefault(score.found.how if score.found else "not found", []).append(score)
    for how, own in kinds.items():
        print(f"| {how} | {_figures(own)} |")


def _figures(scores: Sequence[AddressScore]) -> str:
    errors = sorted(score.error_m for score in scores if score.error_m is not None)
    first = sum(score.rank == 1 for score in scores)
    three = sum(score.rank is not None and score.rank <= 3 for score in scores)
    if not errors:
        return f"{len(scores)} | {first} | {three} | — | — | —"
    within = sum(
        score.error_m <= score.found.accuracy_m + score.case.accuracy_m
        for score in scores
        if score.error_m is not None and score.found is not None
    )
    far = errors[min(len(errors) - 1, int(0.9 * len(errors)))]
    middle = statistics.median(errors)
    return f"{len(scores)} | {first} | {three} | {middle:.0f} m | {far:.0f} m | {within} of {len(errors)}"


def _print_misses(scores: Sequence[AddressScore]) -> None:
    print("\nEvery case that is not first:\n")
    print("| typed | means | rank | first is | why |")
    print("|---|---|--:|---|---|")
    for score in scores:
        if score.rank != 1:
            first = (
                f"{score.first.label} ({score.first.how}, {score.first.accuracy_m:.0f} m)" if score.first else "nothing"
            )
            print(f"| {score.case.typed} | {score.case.means} | {score.rank or '—'} | {first} | {_why(score)} |")


def _why(score: AddressScore) -> str:
    first = score.first
    if first is not None and first.how == "street":
        return "its street has no other known number near enough: the whole street is given"
    if score.case.group == "number" and first is None:
        return "its street is not drawn and has no other known number"
    if score.case.group == "number":
        return "the street is known by a name only"
    if first is not None and score.rank is not None:
        return f"the same text fits {first.label} as well"
    return "no name reads like that"


def _print_speed() -> None:
    gazetteer = read_gazetteer(ROOT / "data" / "base" / "gazetteer.csv")
    begun = time.perf_counter()
    index = index_source(ROOT)(gazetteer)
    built_s = time.perf_counter() - begun
    times_ms = []
    for case in read_cases(CASES):
        begun = time.perf_counter()
        find_candidates(index, case.typed)
        times_ms.append(1000 * (time.perf_counter() - begun))
    times_ms.sort()
    print(f"Speed: the index is read and built in {built_s:.2f} s.", end=" ")
    print(f"A query takes {statistics.median(times_ms):.1f} ms, {times_ms[-1]:.1f} ms at worst.")


if __name__ == "__main__":
    raise SystemExit(main())
