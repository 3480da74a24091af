"""What somebody should look at in a layer: every check of `quality_texts` and `quality_places` over all facilities."""

from __future__ import annotations

import geopandas as gpd

from geo import quality_places, quality_texts
from geo.known_places import plain_name
from geo.quality_model import FINDING_KINDS, Finding, LayerQuality, QualityContext


def check_quality(frame: gpd.GeoDataFrame, context: QualityContext) -> LayerQuality:
    """Return every finding of a layer.

    Args:
        frame: Facilities (see `geo.layers.FacilityLayer`).
        context: What they are held against; what it leaves out is not checked.
    """
    found = [
        *quality_places.in_another_datum(frame, context),
        *quality_places.outside(frame, context),
        *quality_places.far_from_streets(frame, context),
        *quality_places.addresses(frame, context),
        *quality_texts.contradictions(frame),
        *quality_texts.duplicates(frame),
        *quality_texts.opening_hours(frame, context),
        *quality_texts.age(frame, context),
        *quality_texts.open_positions(frame),
    ]
    found.sort(key=lambda finding: (FINDING_KINDS.index(finding.kind), finding.features))
    return LayerQuality(context.layer.id, len(frame), tuple(found))


def check_facility(frame: gpd.GeoDataFrame, feature_id: str, context: QualityContext) -> tuple[Finding, ...]:
    """Return the findings about one facility of a layer, as a form shows them on saving.

    Only the facility and those that share its name are looked at; the shift of a whole layer is not measured.
    """
    name = plain_name(str(frame.loc[feature_id, "name"]))
    alike = frame[[plain_name(str(other)) == name for other in frame["name"]]]
    findings = check_quality(alike, context).findings
    mine = [finding for finding in findings if feature_id in finding.features]
    return tuple(finding for finding in mine if finding.kind != "layer_in_another_datum")
