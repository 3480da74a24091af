"""`lifecircle network use` and `network back`: the network of a running instance, shown before it is taken."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webmap.command_author import add_author, authorship, opened, settled

if TYPE_CHECKING:
    from geo.network import WalkNetwork
    from geo.network_change import LayerChange
    from geo.network_story import StreetDifference
    from webmap.network_taking import Proposal
    from webmap.snapshot import Snapshot

_LISTED = 10


def add_use(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `network use` and `network back`."""
    use = actions.add_parser("use", help="show what a network would change in a subdistrict, and take it")
    use.add_argument("network", type=Path, metavar="NET", help="a network, or streets to build one of")
    use.add_argument("--subdistrict", required=True, metavar="ID")
    use.add_argument("--yes", action="store_true", help="take it without asking")
    use.add_argument("--json", action="store_true", help="show the comparison as JSON, and take nothing")
    add_author(use)
    use.set_defaults(run=run_use)
    back = actions.add_parser("back", help="go back to the network before")
    back.add_argument("--subdistrict", required=True, metavar="ID")
    add_author(back)
    back.set_defaults(run=run_back)


def run_use(options: argparse.Namespace) -> int:
    """Compare, ask, take."""
    from webmap.network_taking import propose_network, take_network

    config, results = opened()
    now = results.current()
    proposal = propose_network(config, now, options.subdistrict, read_brought(options.network))
    if options.json:
        print(json.dumps(asdict(proposal.change), ensure_ascii=False, indent=2))
        return 0
    print_change(proposal, now)
    if not (options.yes or agreed("Take this network?")):
        print("Nothing was changed. Take it with --yes.")
        return 0
    take_network(config, results.store(), proposal, authorship(options, f"network {options.network.name}"))
    settled(results)
    print(f"{options.subdistrict} now stands on network {proposal.network.content_hash[:8]}")
    return 0


def run_back(options: argparse.Namespace) -> int:
    """Go back to the network before."""
    from webmap.network_taking import take_back

    config, results = opened()
    results.current()
    before = take_back(config, results.store(), options.subdistrict, authorship(options, "back to the network before"))
    settled(results)
    told = str(before["hash"])[:8] if before else "of the data folder"
    print(f"{options.subdistrict} is back on the network {told}")
    return 0


def read_brought(path: Path) -> WalkNetwork:
    """Return the network of a file: a saved one, or one built of streets."""
    from geo.network_build import build_network, read_streets
    from geo.network_file import load_network

    return load_network(path) if path.suffix == ".lcnet" else build_network(read_streets([path]))


def agreed(question: str) -> bool:
    """Return whether the person at the terminal says yes; nobody there is a no."""
    return sys.stdin.isatty() and input(f"{question} [y/N] ").strip().lower() in ("y", "yes", "是")


def print_change(proposal: Proposal, now: Snapshot) -> None:
    """Print what a network would change."""
    change = proposal.change
    print(f"{'':24}{'before':>16}{'after':>16}")
    for name, values in _sizes(change.before, change.after).items():
        print(f"{name:24}{values[0]:>16}{values[1]:>16}")
    print("coverage by headline rule" + (" (of demand points: nobody is counted)" if _of_points(proposal) else ""))
    for layer in change.layers:
        mark = "" if layer.tells_same else "  NOT THE SAME STORY"
        print(f"  {layer.layer_id:22}{_share(layer.before):>16}{_share(layer.after):>16}{mark}")
        _print_differences(layer)
    print(f"{len(change.facilities)} facilities and {change.homes_moved} of {change.homes} homes move by over 20 m")
    for one in change.facilities[:_LISTED]:
        far = "on one network only" if one.moved_m is None else f"{one.moved_m:.0f} m"
        print(f"  {one.layer_id}/{one.name}: {far}")
    if change.edge.points:
        print(
            f"EDGE OF DATA: {change.edge.points} demand points ({change.edge.share:.0%}) are within 900 m of the edge "
            f"of the streets, mostly to the {', '.join(change.edge.sides)}: walks there may be too long"
        )
    for done in proposal.patches:
        told = f"{done.edges} edges" if done.applies else f"does not apply: {done.told}"
        print(f"patch {done.patch.id} ({done.patch.kind}): {told}")
    del now


def _print_differences(layer: LayerChange) -> None:
    """Print on which streets the walks of a layer differ, and what causes it."""
    if layer.gained or layer.lost:
        print(f"    now covered {layer.gained:,.0f}, no longer {layer.lost:,.0f}")
    for one in layer.differences:
        sides = f", +{one.gained:,.0f} -{one.lost:,.0f}" if one.gained or one.lost else ""
        print(
            f"    {one.street or 'a street without a name'}: {one.points} homes of {one.weight:,.0f}{sides}; ", end=""
        )
        print(f"{_walked(one.before_m)} -> {_walked(one.after_m)}; {_cause(one)}")


def _cause(one: StreetDifference) -> str:
    """Return in words why a walk differs."""
    streets = ", ".join(f"{name or 'a way without a name'} ({length_m:,.0f} m)" for name, length_m in one.missing)
    has = "new" if one.is_shorter_after else "present"
    told = {
        f"only the {has} network has {streets}": streets,
        f"the home steps onto the streets {one.home_moved_m or 0:,.0f} m elsewhere": one.home_moved_m,
        f"the facility steps onto the streets {one.facility_moved_m or 0:,.0f} m elsewhere": one.facility_moved_m,
        "near the edge of the data: a shorter way may be unknown": one.near_edge,
    }
    return "; ".join(words for words, holds in told.items() if holds) or "the same streets, drawn a little otherwise"


def _walked(distance_m: float | None) -> str:
    return "not reached" if distance_m is None else f"{distance_m:,.0f} m"


def _of_points(proposal: Proposal) -> bool:
    return any(layer.of_points for layer in proposal.change.layers)


def _sizes(before: Any, after: Any) -> dict[str, tuple[str, str]]:  # noqa: ANN401 - NetworkSize, not imported to parse
    """Return the figures of both networks as they are printed."""
    return {
        "network": (before.hash[:8], after.hash[:8]),
        "nodes": (f"{before.nodes:,}", f"{after.nodes:,}"),
        "edges": (f"{before.edges:,}", f"{after.edges:,}"),
        "length": (f"{before.length_m / 1000:,.1f} km", f"{after.length_m / 1000:,.1f} km"),
        "inside the outline": (f"{before.length_inside_m / 1000:,.1f} km", f"{after.length_inside_m / 1000:,.1f} km"),
        "outline in its area": (f"{before.outline_share:.0%}", f"{after.outline_share:.0%}"),
    }


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"
