"""Compiling the kernels ahead: it works where a data folder has nothing to walk to."""

from __future__ import annotations

from dataclasses import replace

from geo.network import empty_network
from geo.warm import warm_sites, warm_walks


def test_warming_does_without_facilities_and_rules(place, catalog):
    bare = replace(catalog, layers={name: replace(one, headline_rule=None) for name, one in catalog.layers.items()})
    empty = place.with_layers({name: replace(one, frame=one.frame.iloc[:0]) for name, one in place.layers.items()})
    deserted = replace(place, demand=place.demand.iloc[:0])
    roadless = replace(place, network=empty_network(121.43, 31.23))
    for nobody, nothing in ((place, bare), (empty, catalog), (deserted, catalog), (roadless, catalog)):
        warm_walks(nobody, nothing)
        warm_sites(nobody, nothing)
