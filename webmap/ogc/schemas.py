"""What the features of a collection are made of, as JSON Schema: for `schema` and `queryables`."""

from __future__ import annotations

from typing import Any

from geo.catalog_model import PropertyType
from webmap.i18n import local_text
from webmap.ogc.catalogue import Collection

_TYPES = {"text": "string", "choice": "string", "date": "string", "integer": "integer", "number": "number"}


def property_schema(field: PropertyType, title: str) -> dict[str, Any]:
    """Return the schema of one property; every property may be null."""
    schema: dict[str, Any] = {"title": title, "type": _TYPES.get(field.kind, "boolean")}
    if field.kind == "date":
        schema["format"] = "date"
    if field.kind == "choice":
        schema["enum"] = list(field.choices)
    return schema


def collection_schema(found: Collection, address: str, *, queryables: bool) -> dict[str, Any]:
    """Return the schema of a collection's features under its own address; `queryables`: of what a filter may name."""
    geometry = {"title": "geometry", "x-ogc-role": "primary-geometry", "format": "geometry-any"}
    own_id = {"title": "id", "type": "string", "x-ogc-role": "id"}
    properties = {one.name: property_schema(one, local_text(one.label)) for one in found.described.fields}
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "type": "object",
        "title": local_text(found.title),
        "description": local_text(found.description),
        "properties": {"id": own_id, "geometry": geometry} | properties,
    }
    return schema | {"additionalProperties": False} if queryables else schema
