"""The operations under /ogc as the API's definition has them; each collection's items have an address of their own.

A property that can be asked for is a parameter of that collection alone: only so can the definition say which
parameters an address knows, and everything else be refused (OGC API - Features, requirement 8).
"""

from __future__ import annotations

from geo.catalog_model import LocalText, PropertyType
from geo.feature_crs import CRS84
from webmap.api.openapi_parts import STRING, Operation, Parameter, Schema, listed, nullable, one_of, ref, shape
from webmap.config import LANGUAGES
from webmap.i18n import THEMES, local_text
from webmap.ogc.catalogue import Collection, collection_ids, find_collection
from webmap.ogc.formats import BULK, FORMATS, GEOJSON, HTML, JSON, OPENAPI_JSON, SCHEMA_JSON
from webmap.ogc.parameters import (
    CRS_NAMES,
    DEFAULT_LIMIT,
    FILTER_LANGUAGE,
    MAX_LIMIT,
    MAX_WORD_CHARACTERS,
    offered_properties,
)
from webmap.ogc.schemas import property_schema
from webmap.snapshot import Snapshot

_TAG = "features"
_BINARY: Schema = {"type": "string", "format": "binary"}
_EXAMPLES = {"text": "曹家渡", "integer": 1, "number": 1.5, "boolean": True, "date": "2023-05-01"}


def ogc_operations(now: Snapshot) -> list[Operation]:
    """Return every operation under /ogc, with the collections that there are now."""
    collection = Parameter(
        "collectionId", one_of(collection_ids(now)), LocalText("哪一份数据", "collection"), "nurseries", place="path"
    )
    return [
        _document("/ogc", "landingPage", LocalText("入口", "Landing page"), {JSON: ref("landingPage")}),
        _document(
            "/ogc/conformance", "conformance", LocalText("符合的标准", "Conformance"), {JSON: ref("confClasses")}
        ),
        _document(
            "/ogc/api", "apiDefinition", LocalText("接口定义", "This definition"), {OPENAPI_JSON: {"type": "object"}}
        ),
        _document("/ogc/collections", "collections", LocalText("全部数据", "Collections"), {JSON: ref("collections")}),
        *(_of_collection(collection, *one) for one in _DESCRIPTIONS),
        *(operation for name in collection_ids(now) for operation in _items(find_collection(now, name))),
        *(_file(collection, ending) for ending in BULK),
    ]


def ogc_schemas(now: Snapshot) -> dict[str, Schema]:
    """Return the schemas of what is under /ogc, one of features a collection among them."""
    links = listed(ref("link"))
    box = listed({"type": "number"}) | {"minItems": 4, "maxItems": 4}
    spatial = shape({"bbox": listed(box), "crs": STRING})
    temporal = shape({"interval": listed(listed(nullable(STRING)) | {"minItems": 2, "maxItems": 2}), "trs": STRING})
    extent = shape({"spatial": spatial, "temporal": temporal}, optional=("spatial", "temporal"))
    described = {"id": STRING, "title": STRING, "description": STRING, "itemType": one_of(("feature",))}
    told = described | {"crs": listed(STRING), "storageCrs": STRING, "links": listed(ref("link")), "extent": extent}
    layer_feature = shape(
        {
            "type": one_of(("Feature",)),
            "id": STRING,
            "geometry": ref("geometryOrNull"),
            "properties": {"type": "object"},
        }
    )
    schemas = {
        "landingPage": shape({"title": STRING, "description": STRING, "attribution": STRING, "links": links}),
        "confClasses": shape({"conformsTo": listed(STRING), "links": links}),
        "collections": shape({"links": links, "collections": listed(ref("collection"))}),
        "collection": shape(told, optional=("extent",)),
        "layerFeature": layer_feature,
        "layerCollection": shape(
            {"type": one_of(("FeatureCollection",)), "name": STRING, "features": listed(ref("layerFeature"))}
        ),
    }
    for name in collection_ids(now):
        schemas |= _feature_schemas(find_collection(now, name))
    return schemas


def _feature_schemas(found: Collection) -> dict[str, Schema]:
    properties = {one.name: nullable(property_schema(one, local_text(one.label))) for one in found.described.fields}
    parts = {
        "type": one_of(("Feature",)),
        "id": STRING,
        "geometry": ref("geometryOrNull"),
        "properties": shape(properties) | {"additionalProperties": False},
        "links": listed(ref("link")),
    }
    count: Schema = {"type": "integer", "minimum": 0}
    page = {
        "type": one_of(("FeatureCollection",)),
        "numberMatched": count,
        "numberReturned": count,
        "links": listed(ref("link")),
        "features": listed(ref(f"feature_{found.id}")),
    }
    return {f"feature_{found.id}": shape(parts, optional=("links",)), f"features_{found.id}": shape(page)}


def _items(found: Collection) -> list[Operation]:
    """Return the operations on a collection's features: page by page, and one."""
    here, title = f"/ogc/collections/{found.id}/items", found.title
    features = Operation(
        here,
        f"items_{found.id}",
        _TAG,
        LocalText(f"{title.zh}：一页一页", f"{title.en}: features, page by page"),
        (*_item_parameters(), *(_property(one) for one in offered_properties(found.described)), *_form_parameters()),
        {GEOJSON: ref(f"features_{found.id}"), HTML: STRING},
    )
    example = found.table.ids[0] if found.sketch is None and len(found.table) else "none"
    feature = Operation(
        f"{here}/{{featureId}}",
        f"item_{found.id}",
        _TAG,
        LocalText(f"{title.zh}：一条", f"{title.en}: one feature"),
        (
            Parameter("featureId", STRING, LocalText("编号", "feature"), example, place="path"),
            _crs("crs", LocalText("答复用什么坐标系", "reference system of the answer")),
            *_form_parameters(),
        ),
        {GEOJSON: ref(f"feature_{found.id}"), HTML: STRING},
    )
    return [features, feature]


def _item_parameters() -> tuple[Parameter, ...]:
    number: Schema = {"type": "number"}
    box = {
        "type": "array",
        "minItems": 4,
        "maxItems": 6,
        "items": number,
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
    }
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    words = {"type": "string", "minLength": 1, "maxLength": MAX_WORD_CHARACTERS}
    moment = {"type": "string", "format": "ogc-datetime"}
    text = {"type": "string", "format": "cql2-text", "maxLength": 2048}
    language = one_of((FILTER_LANGUAGE,)) | {"default": FILTER_LANGUAGE}
    return (
        Parameter("limit", limit, LocalText("一页几条，太大就取最大", "features a page; too many are cut"), 10),
        Parameter(
            "bbox", box, LocalText("方框：西,南,东,北", "box: west,south,east,north"), [121.42, 31.22, 121.45, 31.24]
        ),
        _crs("bbox-crs", LocalText("方框用什么坐标系", "reference system of the box")),
        Parameter(
            "datetime", moment, LocalText("时刻或一段时间", "a moment or an interval"), "2020-01-01T00:00:00Z/.."
        ),
        Parameter("q", words, LocalText("文字里有这个词，不是正则", "words in any text; no pattern"), "路"),
        Parameter(
            "filter",
            text,
            LocalText("CQL2 筛选", "filter in CQL2 text"),
            "S_INTERSECTS(geometry, BBOX(121.42, 31.22, 121.45, 31.24))",
        ),
        Parameter("filter-lang", language, LocalText("筛选的语言", "language of the filter"), FILTER_LANGUAGE),
        _crs("filter-crs", LocalText("筛选里的坐标系", "reference system of geometries in the filter")),
        _crs("crs", LocalText("答复用什么坐标系", "reference system of the answer")),
        Parameter("after", STRING, LocalText("从这个编号往后", "only ids behind this one"), "0"),
        Parameter("before", STRING, LocalText("到这个编号为止", "only ids ahead of this one"), "z"),
    )


def _form_parameters() -> tuple[Parameter, ...]:
    return (
        Parameter("f", one_of(FORMATS), LocalText("json 或 html", "form of the answer"), "json"),
        Parameter("lang", one_of(LANGUAGES), LocalText("标题用什么语言", "language of titles"), "en"),
        Parameter("theme", one_of(THEMES), LocalText("网页深色或浅色", "light or dark page"), "light"),
    )


def _crs(name: str, words: LocalText) -> Parameter:
    return Parameter(name, one_of(CRS_NAMES) | {"default": CRS84}, words, CRS84)


def _property(kind: PropertyType) -> Parameter:
    example = kind.choices[0] if kind.choices else _EXAMPLES[kind.kind]
    schema = property_schema(kind, local_text(kind.label))
    if kind.kind == "integer":
        schema |= {"minimum": -(10**15) + 1, "maximum": 10**15 - 1}
    return Parameter(
        kind.name, schema, LocalText(f"只要 {kind.label.zh} 是这个的", f"only with this {kind.label.en}"), example
    )


def _document(path: str, name: str, words: LocalText, answers: dict[str, Schema]) -> Operation:
    return Operation(path, name, _TAG, words, _form_parameters(), answers | {HTML: STRING})


def _of_collection(
    collection: Parameter, ending: str, name: str, words: LocalText, answers: dict[str, Schema]
) -> Operation:
    path = f"/ogc/collections/{{collectionId}}{ending}"
    return Operation(path, name, _TAG, words, (collection, *_form_parameters()), answers | {HTML: STRING})


def _file(collection: Parameter, ending: str) -> Operation:
    one = BULK[ending]
    words = LocalText(f"整份数据，{one.name}", f"All of a collection as {one.name}")
    return Operation(
        f"/ogc/collections/{{collectionId}}/all.{ending}",
        f"all_{ending}",
        _TAG,
        words,
        (collection,),
        {one.media_type: _BINARY},
    )


_DESCRIPTIONS: tuple[tuple[str, str, LocalText, dict[str, Schema]], ...] = (
    ("", "collection", LocalText("一份数据的说明", "One collection"), {JSON: ref("collection")}),
    ("/schema", "schema", LocalText("每一条有什么", "Schema of the features"), {SCHEMA_JSON: {"type": "object"}}),
    (
        "/queryables",
        "queryables",
        LocalText("可以筛选什么", "What a filter may name"),
        {SCHEMA_JSON: {"type": "object"}},
    ),
)
