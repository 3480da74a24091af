"""The peers: each takes the exported integer graph as it is. What is not installed is left out and named."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.network import WalkNetwork

PEERS = ("networkx", "igraph", "pandana", "osmnx", "pyrosm")
FAR = np.iinfo(np.int64).max


def has(name: str) -> bool:
    """Tell whether a peer is installed."""
    return importlib.util.find_spec(name) is not None


@njit(cache=True, nogil=True)
def pass_over_edges(start: Any, step: Any, distance: Any) -> int:
    """Relax every edge once: no search of all nodes can be faster than this."""
    one, two = np.uint32(1), np.uint32(2)
    better = 0
    for x in range(np.uint32(start.size - 1)):
        for k in range(start[x], start[x + one]):
            if np.uint32(distance[x] + step[two * k + one]) < distance[step[two * k]]:
                better += 1
    return better


@dataclass(frozen=True, eq=False)
class Graph:
    """The exported graph in the forms that the peers take; `order` puts nodes into another order."""

    network: WalkNetwork
    order: np.ndarray

    @cached_property
    def position(self) -> np.ndarray:
        """Number of each of our nodes in this order."""
        position = np.empty(len(self.order), dtype=np.int64)
        position[self.order] = np.arange(len(self.order))
        return position

    @cached_property
    def ends(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """From, to and length of every directed edge."""
        onward = self.network.onward
        origin = np.repeat(np.arange(self.network.node_count), np.diff(onward.start))
        return self.position[origin], self.position[onward.neighbour], onward.length_dm

    @cached_property
    def matrix(self) -> csr_array:
        """The graph for scipy, searched against the direction of walking."""
        origin, goal, length = self.ends
        count = self.network.node_count
        return csr_array((length.astype(np.float64), (goal, origin)), shape=(count, count))

    @cached_property
    def networkx(self) -> Any:
        """The graph for networkx."""
        import networkx

        graph = networkx.DiGraph()
        origin, goal, length = self.ends
        graph.add_weighted_edges_from(zip(goal.tolist(), origin.tolist(), length.tolist(), strict=True))
        return graph

    @cached_property
    def igraph(self) -> Any:
        """The graph for igraph, with a node behind the last from which the facilities are reached at no cost."""
        import igraph

        origin, goal, length = self.ends
        graph = igraph.Graph(n=self.network.node_count + 1, directed=True)
        graph.add_edges(np.column_stack([goal, origin]))
        graph.es["weight"] = length.astype(float)
        return graph

    @cached_property
    def pandana(self) -> Any:
        """The graph for pandana, prepared for 1000 m."""
        import pandana
        import pandas as pd

        origin, goal, length = self.ends
        lon, lat = self.network.lon[self.order], self.network.lat[self.order]
        network = pandana.Network(
            pd.Series(lon),
            pd.Series(lat),
            pd.Series(origin),
            pd.Series(goal),
            pd.DataFrame({"w": length / 10.0}),
            False,
        )
        network.precompute(1000)
        return network


def scipy_nearest(graph: Graph, nodes: np.ndarray, limit_dm: int) -> np.ndarray:
    """Return the distance in dm from every node to the nearest of `nodes`, -1 beyond the limit, in our order."""
    found = dijkstra(graph.matrix, indices=graph.position[nodes], min_only=True, limit=limit_dm)
    return np.where(np.isinf(found), -1, found).astype(np.int64)[graph.position]


def networkx_nearest(graph: Graph, nodes: np.ndarray, limit_dm: int) -> np.ndarray:
    """Return the same by networkx."""
    import networkx

    found = networkx.multi_source_dijkstra_path_length(
        graph.networkx, set(graph.position[nodes].tolist()), cutoff=limit_dm
    )
    distance = np.full(graph.network.node_count, -1, dtype=np.int64)
    distance[np.fromiter(found, dtype=np.int64)] = np.fromiter(found.values(), dtype=np.int64)
    return distance[graph.position]


def igraph_nearest(graph: Graph, nodes: np.ndarray, limit_dm: int) -> np.ndarray:
    """Return the same by igraph, through a node that all facilities hang on."""
    source = graph.network.node_count
    linked = graph.igraph
    before = linked.ecount()
    linked.add_edges([(source, int(node)) for node in graph.position[nodes]], {"weight": [0.0] * len(nodes)})
    found = np.array(linked.distances(source=source, weights="weight")[0][:source])
    linked.delete_edges(range(before, linked.ecount()))
    return np.where(found <= limit_dm, found, -1).astype(np.int64)[graph.position]


def pandana_nearest(graph: Graph, nodes: np.ndarray, limit_dm: int) -> np.ndarray:
    """Return the same by pandana in metres; it marks what is beyond the limit with the limit itself."""
    network, limit_m = graph.pandana, limit_dm / 10
    at = graph.position[nodes]
    network.set_pois("f", limit_m, 1, network.nodes_df["x"].iloc[at], network.nodes_df["y"].iloc[at])
    found = network.nearest_pois(limit_m, "f", num_pois=1)[1].to_numpy()
    return np.rint(found * 10).astype(np.int64)[graph.position]


def scipy_catchments(graph: Graph, nodes: np.ndarray, limit_dm: int) -> list[int]:
    """Return the number of nodes within the limit of each of `nodes`, one search each."""
    return [
        int(np.isfinite(dijkstra(graph.matrix, indices=int(node), limit=limit_dm)).sum())
        for node in graph.position[nodes]
    ]


def networkx_catchments(graph: Graph, nodes: np.ndarray, limit_dm: int) -> list[int]:
    """Return the same by networkx's single-source search."""
    import networkx

    return [
        len(networkx.single_source_dijkstra_path_length(graph.networkx, int(node), cutoff=limit_dm))
        for node in graph.position[nodes]
    ]


def ego_catchments(graph: Graph, nodes: np.ndarray, limit_dm: int) -> list[int]:
    """Return the same by `ego_graph`, the recipe that osmnx shows for isochrones."""
    import networkx

    return [
        networkx.ego_graph(graph.networkx, int(node), radius=limit_dm, distance="weight").number_of_nodes()
        for node in graph.position[nodes]
    ]


def pandana_catchments(graph: Graph, nodes: np.ndarray, limit_dm: int) -> list[int]:
    """Return the same by pandana's nodes_in_range."""
    found = graph.pandana.nodes_in_range(graph.position[nodes].tolist(), limit_dm / 10)
    return found.groupby("source").size().reindex(graph.position[nodes]).tolist()
