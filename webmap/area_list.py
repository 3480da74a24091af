"""Everything on record in a subdistrict by service, to be kept on a telephone: what no position is needed for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from geo.address_places import accuracy_m
from geo.assessment import Place
from geo.catalog_model import Layer
from geo.nearby import is_open
from webmap.hours_words import week_words
from webmap.i18n import current_language
from webmap.near_data import nowhere_of, services
from webmap.near_list import Missing, phone_link
from webmap.near_words import missing_words, position_words, without_hours
from webmap.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class AreaFacility:
    """One facility as the list tells it; "" is what is not on record. `phone_link` is as telephones take it."""

    name: str
    address: str
    hours: tuple[str, ...]
    no_hours: str
    phone: str
    phone_link: str
    position: str
    verified_on: str


@dataclass(frozen=True, slots=True)
class AreaService:
    """The facilities of a service by name; `beside` tells of samples and of what is not open yet, "" of neither."""

    layer: Layer
    facilities: tuple[AreaFacility, ...]
    beside: str


def area_list(now: Snapshot, place: Place) -> list[AreaService]:
    """Return every service of a place; samples are counted and not listed, for nobody is to go there."""
    return [_service(now, place, layer) for layer in services(now)]


def _service(now: Snapshot, place: Place, layer: Layer) -> AreaService:
    frame = place.facilities(layer.id)
    told = frame[is_open(frame) & (frame["location_status"] != "sample")]
    records = pd.DataFrame(told).to_dict(orient="records")
    rows = sorted((_facility(layer, record) for record in records), key=lambda row: row.name)
    beside = replace(nowhere_of(now, place)[layer.id], unlocated=0)
    return AreaService(layer, tuple(rows), missing_words(Missing(layer, beside, 0)))


def _facility(layer: Layer, record: dict[object, object]) -> AreaFacility:
    said = {str(name): value if isinstance(value, str) else "" for name, value in record.items()}
    english = said.get("name_en", "") if current_language() == "en" else ""
    status = said["location_status"]
    return AreaFacility(
        name=english or said["name"],
        address=said.get("address", ""),
        hours=tuple(week_words(said.get("opening_hours"))),
        no_hours=without_hours(layer.id),
        phone=said.get("phone", ""),
        phone_link=phone_link(said.get("phone")),
        position=position_words(status, accuracy_m(record) if status == "approximate" else 0.0),
        verified_on=said.get("verified_on", ""),
    )
