"""The p-median instances of the OR-Library, and ready tables of distances: siting problems without a network."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded at their first use

from geo.errors import DataError, Problem
from geo.graph import FloatArray
from geo.reach import SparseRows

_MOST_NODES = 5000
_LONG_COLUMNS = {
    "distance": ("distance", "distance_m"),
    "candidate": ("candidate", "name"),
    "demand": ("demand_id", "DestinationName", "point"),
    "people": ("people", "demand"),
}


@dataclass(frozen=True, eq=False)
class DistanceTable:
    """Distances between candidate sites and demand points.

    Attributes:
        rows: For each candidate the points and their distances in dm.
        candidate_ids: Ids of the candidates.
        demand_ids: Ids of the demand points.
        people: People of each point, float64 (h,).
        p: Number of sites that the file asks for, None where it does not.
    """

    rows: SparseRows
    candidate_ids: tuple[str, ...]
    demand_ids: tuple[str, ...]
    people: FloatArray
    p: int | None


def read_orlib(text: str, where: str) -> DistanceTable:
    """Return an OR-Library p-median instance; a unit of cost is taken for a metre.

    The first line holds the numbers of nodes and edges and p; each further line the two nodes of an edge, from 1, and
    its cost. Where an edge stands twice the last cost counts, as the library's own description asks. Every node is a
    candidate and a demand point of one person, and distances are the shortest ones (Beasley 1985).

    Raises:
        DataError: The file has another form.
    """
    numbers = _whole_numbers(text, where)
    nodes, edges, p = numbers[:3]
    if not 0 < nodes <= _MOST_NODES or not 0 < p <= nodes or len(numbers) != 3 + 3 * edges:
        found = f"{nodes} nodes, {edges} edges, p = {p}, and {len(numbers) - 3} numbers after them"
        raise DataError.single("not_orlib", where, found, f"Bring three numbers an edge and up to {_MOST_NODES} nodes")
    u, v, cost = np.array(numbers[3:], dtype=np.int64).reshape(-1, 3).T
    if u.min(initial=1) < 1 or v.min(initial=1) < 1 or max(u.max(initial=1), v.max(initial=1)) > nodes:
        raise DataError.single("not_orlib", where, f"an edge names a node outside 1..{nodes}", "Mend the edge")
    low, high = np.minimum(u, v) - 1, np.maximum(u, v) - 1
    last = {pair: number for number, pair in enumerate(zip(low.tolist(), high.tolist(), strict=True))}
    kept = np.array(list(last.values()), dtype=np.int64)
    graph = scipy.sparse.csr_array((cost[kept].astype(np.float64), (low[kept], high[kept])), shape=(nodes, nodes))
    distance = scipy.sparse.csgraph.shortest_path(graph, method="D", directed=False)
    ids = tuple(str(number + 1) for number in range(nodes))
    return DistanceTable(rows_of_matrix(distance), ids, ids, np.ones(nodes), p)


def _whole_numbers(text: str, where: str) -> list[int]:
    try:
        numbers = [int(word) for word in text.split()]
    except ValueError as error:
        raise DataError.single("not_orlib", where, str(error), "Bring whole numbers") from None
    if len(numbers) < 3:
        raise DataError.single("not_orlib", where, "there is no first line", "Begin with nodes, edges and p")
    return numbers


def rows_of_matrix(distance_m: FloatArray, limit_dm: int | None = None) -> SparseRows:
    """Return sparse rows of a matrix of metres, (s, h); infinite and NaN entries are out of reach."""
    known = np.isfinite(distance_m)
    distance_dm = np.rint(np.where(known, distance_m, 0.0) * 10).astype(np.int64)
    if limit_dm is not None:
        known = known & (distance_dm <= limit_dm)
    first = np.concatenate([[0], np.cumsum(known.sum(axis=1))]).astype(np.int64)
    return SparseRows(first, np.nonzero(known)[1].astype(np.uint32), distance_dm[known].astype(np.uint32))


def within(rows: SparseRows, limit_dm: int | None) -> SparseRows:
    """Return the rows with what is farther than the limit left out."""
    if limit_dm is None:
        return rows
    kept = rows.distance_dm <= limit_dm
    before = np.concatenate([[0], np.cumsum(kept)])
    return SparseRows(before[rows.first].astype(np.int64), rows.item[kept], rows.distance_dm[kept])


def read_distances(text: str, where: str) -> DistanceTable:
    """Return a table of distances from CSV, one pair a row.

    Columns, under either name: `candidate` or `name`; `demand_id`, `DestinationName` or `point`; `distance` or
    `distance_m`, in metres, rounded to the decimetre; `people` or `demand`, 1 where there is no such column. A pair
    without a row is out of reach.

    Raises:
        DataError: A column is missing, a number cannot be read or is negative, a pair stands twice, or a point has
            two numbers of people.
    """
    reader = csv.DictReader(io.StringIO(text))
    columns = _columns(reader.fieldnames or [], where)
    candidates: dict[str, int] = {}
    points: dict[str, int] = {}
    people: dict[int, float] = {}
    pairs: dict[tuple[int, int], float] = {}
    problems: list[Problem] = []
    for line, row in enumerate(reader, start=2):
        place = f"{where}, line {line}"
        site = candidates.setdefault(str(row[columns["candidate"]]), len(candidates))
        point = points.setdefault(str(row[columns["demand"]]), len(points))
        distance_m = _number(row[columns["distance"]], place, problems)
        count = _number(row[columns["people"]], place, problems) if "people" in columns else 1.0
        if (site, point) in pairs:
            problems.append(Problem("pair_twice", place, "the pair stood there before", "Give each pair one row"))
        if people.setdefault(point, count) != count:
            found = f"{count:g} people, and {people[point]:g} before"
            problems.append(Problem("people_disagree", place, found, "Give a point one number of people"))
        pairs[site, point] = distance_m
    if problems or not pairs:
        raise DataError(problems or [Problem("no_rows", where, "there is no row", "Give one row a pair")])
    matrix = np.full((len(candidates), len(points)), np.inf)
    for (site, point), distance_m in pairs.items():
        matrix[site, point] = distance_m
    each = np.array([people[number] for number in range(len(points))], dtype=np.float64)
    return DistanceTable(rows_of_matrix(matrix), tuple(candidates), tuple(points), each, None)


def _columns(names: object, where: str) -> dict[str, str]:
    there = list(names) if isinstance(names, list | tuple) else []
    found = {key: next((name for name in known if name in there), "") for key, known in _LONG_COLUMNS.items()}
    absent = [key for key, name in found.items() if not name and key != "people"]
    if absent:
        problems = [
            Problem("missing_column", where, f"no column {' or '.join(_LONG_COLUMNS[key])}", "Add it") for key in absent
        ]
        raise DataError(problems)
    return {key: name for key, name in found.items() if name}


def _number(text: str | None, where: str, problems: list[Problem]) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not 0 <= value < 1e8:
        problems.append(Problem("bad_number", where, f"{text!r} is no number of 0 or more", "Write a number"))
        return 0.0
    return value
