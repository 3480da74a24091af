"""Memory of a network: growth of the resident set in a process of its own, against the arrays' own size.

The process has the memory settings that scripts/serve gives to the service.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[0]))

from installation.serve import SPARING_MEMORY  # noqa: E402 - scripts/ is no package of the checkout

_CHILD = """
import json, resource, sys, time
sys.path[:0] = [{here!r}, {root!r}]
import numpy as np
import networks
from geo.access import Walk, node_distances
from geo.network import ARRAY_FIELDS
from geo.snapping import snap

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

from geo.network_file import load_network
small = networks.load("grid10k")
node_distances(small, snap(small, small.lon[:5], small.lat[:5]), Walk(limit_dm=10000))
from pathlib import Path
before = resident()
network = load_network(Path({path!r}))
nodes = np.arange(0, network.node_count, 500)
facilities = snap(network, network.lon[nodes], network.lat[nodes])
rounds = []
for _ in range(9):
    begun = time.perf_counter()
    found = node_distances(network, facilities, Walk(limit_dm=10000))
    rounds.append(time.perf_counter() - begun)
seconds = sorted(rounds)[4]
size = sum(getattr(network, name).nbytes for name in ARRAY_FIELDS)
size += sum(part.nbytes for part in network.toward.packed) + found.distance_dm.nbytes * 2
print(json.dumps({{"nodes": network.node_count, "arrays_bytes": size, "growth_bytes": resident() - before,
                   "one_layer_s": seconds}}))
"""


def memory_rows(names: list[str]) -> list[dict[str, object]]:
    """Return, for each network, its nodes, its arrays' bytes, the growth of the resident set and their ratio."""
    return [_row(name) for name in names]


def _row(name: str) -> dict[str, object]:
    import tempfile

    import networks

    from geo.network_file import save_network

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.lcnet"
        save_network(networks.load(name), path)
        code = _CHILD.format(here=str(HERE), root=str(HERE.parents[1]), path=str(path))
        environment = os.environ | SPARING_MEMORY
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    figures: dict[str, object] = json.loads(done.stdout)
    ratio = float(str(figures["growth_bytes"])) / float(str(figures["arrays_bytes"]))
    return {"network": name, **figures, "growth_over_arrays": round(ratio, 2)}
