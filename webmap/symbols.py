"""The facility symbols: one definition, from which both the page's drawing and the map's markers are made.

Shape says the family, one character says the layer, and the more solid the line, the more is known of the place.
"""

from __future__ import annotations

from dataclasses import dataclass

STATUSES = ("surveyed", "address", "approximate", "sample", "unlocated")


@dataclass(frozen=True, slots=True)
class Shape:
    """One family's outline in a box of 32 x 32 (`path`), and the same drawn smaller as inner ring (`inner`)."""

    family: str
    path: str
    inner: str


SHAPES: tuple[Shape, ...] = (
    Shape(
        "care",
        "M16 4a12 12 0 1 1 0 24a12 12 0 1 1 0-24z",
        "M16 6.6a9.4 9.4 0 1 1 0 18.8a9.4 9.4 0 1 1 0-18.8z",
    ),
    Shape(
        "safety",
        "M16 3.4L26.4 6.8V15.6C26.4 21.8 22.4 26 16 28.6C9.6 26 5.6 21.8 5.6 15.6V6.8z",
        "M16 6.2L24 8.8V15.6C24 20.4 21 23.6 16 25.8C11 23.6 8 20.4 8 15.6V8.8z",
    ),
    Shape(
        "culture",
        "M6.2 4.8H25.8A1.4 1.4 0 0 1 27.2 6.2V25.8A1.4 1.4 0 0 1 25.8 27.2"
        "H6.2A1.4 1.4 0 0 1 4.8 25.8V6.2A1.4 1.4 0 0 1 6.2 4.8z",
        "M7.4 7.4H24.6V24.6H7.4z",
    ),
    Shape(
        "services",
        "M9.6 4.9H22.4L28.8 16L22.4 27.1H9.6L3.2 16z",
        "M11 7.4H21L26 16L21 24.6H11L6 16z",
    ),
    Shape(
        "equipment",
        "M16 1.8L30.2 16L16 30.2L1.8 16z",
        "M16 5.4L26.6 16L16 26.6L5.4 16z",
    ),
    Shape(
        "places",
        "M16 3.2L27.6 12.4V27.4H4.4V12.4z",
        "M16 6.4L25.2 13.6V25H6.8V13.6z",
    ),
)
