"""The operations under /api as the API's definition has them."""

from __future__ import annotations

from geo.catalog_model import LocalText
from geo.export_formats import EXPORT_FORMATS, MEDIA_TYPES
from webmap.api.openapi_desk import desk_operations
from webmap.api.openapi_parts import STRING, Operation, Parameter, Schema, one_of, ref
from webmap.map_tiles import PMTILES
from webmap.report_rows import KINDS, NO_LAYER
from webmap.snapshot import Snapshot

_ANALYSIS, _LAYERS, _SERVICE = "analysis", "layers", "service"
_JSON = "application/json"
_LON: Schema = {"type": "number", "minimum": -180, "maximum": 180}
_LAT: Schema = {"type": "number", "minimum": -90, "maximum": 90}
_EXAMPLE_LON, _EXAMPLE_LAT = 121.4300, 31.2310


def analysis_operations(now: Snapshot) -> list[Operation]:
    """Return every operation under /api, with the names that the catalogue has now."""
    return [
        *_coverage_operations(now),
        *_walk_operations(now),
        *_report_operations(now),
        *_layer_operations(now),
        *_tile_operations(now),
    ]


def _coverage_operations(now: Snapshot) -> list[Operation]:
    subdistrict, layer = _subdistrict(now, required=True), _layer(now, required=True)
    rule = Parameter(
        "rule", STRING, LocalText("规则，默认是图层的主要规则", "rule; the layer's headline rule"), "sh2016-15"
    )
    common = (subdistrict, layer, _profile(now), _samples())
    return [
        Operation(
            "/api/coverage",
            "coverage",
            _ANALYSIS,
            LocalText(
                "多少人走得到：没有一处位置时 coverage 是 null，并写原因",
                "How many people walk to a layer within a rule's limit",
            ),
            (*common, rule),
            {_JSON: ref("coverage")},
        ),
        Operation(
            "/api/catchments",
            "catchments",
            _ANALYSIS,
            LocalText("每一处设施有多少人最近", "What each facility has to serve: demand by its nearest facility"),
            common,
            {_JSON: ref("catchments")},
        ),
        *desk_operations((subdistrict, layer, rule, _profile(now)), _samples()),
    ]


def _walk_operations(now: Snapshot) -> list[Operation]:
    pace = (_profile(now), _step_free())
    limits = Parameter(
        "limits_min",
        {"type": "array", "minItems": 1, "maxItems": 6, "items": {"type": "number", "minimum": 1, "maximum": 60}},
        LocalText("走几分钟，最多六个", "minutes of walking, six at most"),
        [5, 10, 15],
    )
    ends = [
        Parameter(f"{end}_{axis}", schema, words, value, required=True)
        for end, words, (lon, lat) in (
            ("from", LocalText("从哪里", "where from"), (_EXAMPLE_LON, _EXAMPLE_LAT)),
            ("to", LocalText("到哪里", "where to"), (121.4350, 31.2290)),
        )
        for axis, schema, value in (("lon", _LON, lon), ("lat", _LAT, lat))
    ]
    moment = Parameter(
        "open_at",
        {"type": "string", "pattern": r"^(|now|20[1-9][0-9]-0[1-9]-[01][1-9]T[01][0-9]:[0-5][0-9])$"},
        LocalText("几点去：2026-11-21T15:30 或 now", "local time of the visit: 2026-11-21T15:30, or now"),
        "2026-11-18T10:30",
    )
    return [
        Operation(
            "/api/isochrone",
            "isochrone",
            _ANALYSIS,
            LocalText("几分钟里走得到哪里", "What lies within each of several walks of a position"),
            (*_position(), limits, *pace),
            {_JSON: ref("isochrones")},
        ),
        Operation(
            "/api/route",
            "route",
            _ANALYSIS,
            LocalText("怎么走，一条街一条街说", "The shortest way on foot, street by street"),
            (*ends, *pace),
            {_JSON: ref("route")},
        ),
        Operation(
            "/api/nearest",
            "nearest",
            _ANALYSIS,
            LocalText("每种服务最近的一处；不把人带去示例位置", "The nearest facility of each service; never a sample"),
            (*_position(), *pace, _layer(now, required=False), moment),
            {_JSON: ref("nearest")},
        ),
        Operation(
            "/api/address",
            "address",
            _ANALYSIS,
            LocalText("按地址、路口或名字找地方", "Places that a typed address, crossing or name may mean"),
            (
                Parameter(
                    "q",
                    {"type": "string", "minLength": 1},
                    LocalText("地址", "what was typed"),
                    "万航渡路605号",
                    required=True,
                ),
            ),
            {_JSON: ref("candidates")},
        ),
    ]


def _report_operations(now: Snapshot) -> list[Operation]:
    report = Parameter("report", one_of(list(now.reports)), LocalText("报告", "report"), next(iter(now.reports), ""))
    kind = Parameter("kind", one_of(KINDS), LocalText("目标、完成、计划……", "kind of claim"), KINDS[0])
    layers = one_of([*now.catalog.layers, NO_LAYER])
    layer = Parameter("layer", layers, LocalText("图层，none 是没有图层的", "layer; none: those of no layer"), "lifts")
    number: Schema = {"type": "integer", "minimum": 1, "maximum": 10**12 - 1}
    return [
        Operation(
            "/api/claims",
            "claims",
            _ANALYSIS,
            LocalText("报告里的数字和核对结果", "Figures of the reports, with what the map says to them"),
            (_subdistrict(now, required=False), report, layer, kind),
            {_JSON: ref("claims")},
        ),
        Operation(
            "/api/reconciliation",
            "reconciliation",
            _ANALYSIS,
            LocalText("报告写的、列出的、图上的，放在一起", "Stated, itemised and mapped beside each other"),
            (_subdistrict(now, required=True),),
            {_JSON: ref("reconciliation")},
        ),
        Operation(
            "/api/history",
            "history",
            _ANALYSIS,
            LocalText("公开过的每一次改动，新的在前", "Published revisions, newest first; never who made them"),
            (
                _layer(now, required=False),
                Parameter("feature", STRING, LocalText("哪一条", "feature"), "01M7XPE601EF16YCNC7B3DCYVZ"),
                Parameter(
                    "limit", number | {"maximum": 1000, "default": 100}, LocalText("最多几条", "how many at most"), 10
                ),
                Parameter("before_seq", number, LocalText("从哪一条往前", "only entries before this one"), 50),
            ),
            {_JSON: ref("history")},
        ),
    ]


def _layer_operations(now: Snapshot) -> list[Operation]:
    layer = Parameter("layer", one_of(list(now.catalog.layers)), LocalText("图层", "layer"), "nurseries", place="path")
    words = LocalText("哪一条", "feature")
    feature = Parameter(
        "feature", {"type": "string", "pattern": "^[0-9A-Z]{26}$"}, words, "01M7XPE601EF16YCNC7B3DCYVZ", place="path"
    )
    geojson = "application/geo+json"
    words = LocalText("文件格式", "what kind of file")
    file_format = Parameter("format", one_of(EXPORT_FORMATS), words, "geojson", required=True)
    return [
        Operation(
            "/api/layers/{layer}",
            "layer",
            _LAYERS,
            LocalText("一个图层，GeoJSON，跟种子文件一样写法", "A layer as GeoJSON in its canonical form"),
            (layer, _subdistrict(now, required=False)),
            {geojson: ref("layerCollection")},
        ),
        Operation(
            "/api/layers/{layer}/export",
            "layerFile",
            _LAYERS,
            LocalText("一个图层，存成文件，七种格式", "A layer as a file to keep, in one of seven formats"),
            (layer, file_format, _subdistrict(now, required=False)),
            {geojson: ref("layerCollection")}
            | {
                media_type: {"type": "string", "format": "binary"}
                for media_type in MEDIA_TYPES
                if media_type != geojson
            },
        ),
        Operation(
            "/api/layers/{layer}/{feature}",
            "layerFeature",
            _LAYERS,
            LocalText("图层里的一条", "One facility of a layer"),
            (layer, feature),
            {geojson: ref("layerFeature")},
        ),
        Operation(
            "/healthz",
            "healthz",
            _SERVICE,
            LocalText("服务是不是好的，数据是哪一版", "Whether results can be given, and of which data versions"),
            (),
            {_JSON: ref("health")},
        ),
    ]


def _tile_operations(now: Snapshot) -> list[Operation]:
    names = list(now.catalog.subdistricts)
    words = LocalText("街道", "subdistrict")
    subdistrict = Parameter("subdistrict", one_of(names), words, names[0], place="path")
    walked = one_of(list(now.catalog.layers))
    layer = Parameter("layer", walked, LocalText("图层", "layer"), "practice_stations", place="path")
    rule = Parameter("rule", STRING, LocalText("规则", "rule"), "sh2016-15")
    archive = {PMTILES: {"type": "string", "format": "binary"}}
    tiled: tuple[tuple[str, str, LocalText, tuple[Parameter, ...]], ...] = (
        (
            "streets/{subdistrict}",
            "streetTiles",
            LocalText("可以走的路，PMTiles，可以只取一段（Range）", "Streets as PMTiles; parts of it by Range"),
            (subdistrict,),
        ),
        (
            "reach/{subdistrict}/{layer}",
            "reachTiles",
            LocalText("走得到哪里、谁走不到，PMTiles", "Streets by walking distance, and who is not covered"),
            (subdistrict, layer, rule, _profile(now), _samples()),
        ),
        ("facilities/{layer}", "facilityTiles", LocalText("设施，PMTiles", "Facilities as PMTiles"), (layer,)),
    )
    return [
        Operation(f"/api/tiles/{path}.pmtiles", name, _LAYERS, words, parameters, archive)
        for path, name, words, parameters in tiled
    ]


def _position() -> tuple[Parameter, Parameter]:
    return (
        Parameter("lon", _LON, LocalText("经度（WGS-84）", "longitude, WGS-84"), _EXAMPLE_LON, required=True),
        Parameter("lat", _LAT, LocalText("纬度（WGS-84）", "latitude, WGS-84"), _EXAMPLE_LAT, required=True),
    )


def _subdistrict(now: Snapshot, *, required: bool) -> Parameter:
    names = list(now.catalog.subdistricts)
    return Parameter("subdistrict", one_of(names), LocalText("街道", "subdistrict"), names[0], required)


def _layer(now: Snapshot, *, required: bool) -> Parameter:
    names = list(now.catalog.layers)
    return Parameter("layer", one_of(names), LocalText("图层", "layer"), names[0], required)


def _profile(now: Snapshot) -> Parameter:
    names = list(now.catalog.profiles)
    words = LocalText("步速", "walking profile")
    return Parameter("profile", one_of(names) | {"default": names[0]}, words, names[-1])


def _samples() -> Parameter:
    words = LocalText("1：示例位置也算，数字不能引用", "1: samples count too, and the figures may not be quoted")
    return Parameter("samples", one_of(("0", "1")) | {"default": "0"}, words, "1")


def _step_free() -> Parameter:
    words = LocalText("1：不走台阶；不清楚的照走，写明多长", "1: no steps; what is not known stays open and is counted")
    return Parameter("step_free", one_of(("0", "1")) | {"default": "0"}, words, "1")
