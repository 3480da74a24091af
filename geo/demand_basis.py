"""What the people of a subdistrict rest on: modelled along streets, or homes that somebody brought, and the totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from geo.catalog_model import LocalText

HomesKind = Literal["compounds", "buildings", "raster"]
DemandKind = Literal["modelled", "compounds", "buildings", "raster", "none"]
HOMES_KINDS: tuple[HomesKind, ...] = get_args(HomesKind)


@dataclass(frozen=True, slots=True)
class PeopleGroup:
    """A group of people that the homes tell apart, such as those aged 60 and over; `id` is the column."""

    id: str
    name: LocalText


@dataclass(frozen=True, slots=True)
class DemandBasis:
    """What a subdistrict's people rest on.

    Attributes:
        kind: `modelled` along streets from a stated total, one of the three ways of homes, or `none`: nobody has stated
            a total, and the points along the streets stand for street length alone.
        total: People or households of all demand points, by the subdistrict's unit.
        stated: The subdistrict's stated total, None where there is none.
        source: Where the homes are from, as whoever brought them wrote it; empty for a model.
        with_gates: Homes whose gates are known.
        groups: Groups of people with a column of their own.
        by_street_length: Whether a model had no residents' committee to go by, and spread people evenly.
        version: Hash of what the demand was read or made from.
    """

    kind: DemandKind = "modelled"
    total: float = 0.0
    stated: int | None = None
    source: str = ""
    with_gates: int = 0
    groups: tuple[PeopleGroup, ...] = ()
    by_street_length: bool = False
    version: str = ""

    @property
    def difference(self) -> float | None:
        """Return the homes' total less the stated one, None where there is nothing to compare."""
        return None if self.stated is None or self.kind in ("modelled", "none") else self.total - self.stated
