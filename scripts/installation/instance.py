"""The instance: what one running service keeps (networks, compiled kernels), prepared from data/."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from . import stamps
from .checkout import Checkout
from .progress import Step, clean_environment, run_step

NETWORKS, KERNELS = "networks", "kernels"


def environment(instance: Path) -> dict[str, str]:
    """Return the environment variables of everything that works on the instance in the folder `instance`.

    The compiled kernels are kept in the instance, not beside the source, so that a checkout may be read-only.
    """
    return {
        **clean_environment(),
        "LIFECIRCLE_INSTANCE": str(instance),
        "NUMBA_CACHE_DIR": str(instance / KERNELS),
    }


def prepare(checkout: Checkout, instance: Path) -> None:
    """Build the instance's networks from data/ and compile the kernels; each only when its inputs have changed.

    The stamps lie beside what they stand for: whoever deletes a folder of the instance gets it built again.
    """
    code = [checkout.root / "geo", checkout.lock("runtime")]
    data = Path(os.environ.get("LIFECIRCLE_DATA") or checkout.root / "data").absolute()
    networks = stamps.digest([*code, data], str(checkout.root), str(data))
    if not stamps.is_current(instance / NETWORKS / "stamp", networks):
        _run(checkout, instance, "prepare", "Building the walking networks and checking the layers")
        stamps.write(instance / NETWORKS / "stamp", networks)
    kernels = _kernels_digest(checkout)
    if not stamps.is_current(instance / KERNELS / "stamp", kernels):
        _run(checkout, instance, "warm", "Compiling the walking-distance kernels")
        stamps.write(instance / KERNELS / "stamp", kernels)


def warm_sites(checkout: Checkout, instance: Path) -> None:
    """Compile the kernels of the best sites where that was not done: beside the server, which need not wait for them.

    Where it fails, the first planner who asks for sites waits for it, and the next start tries again.
    """
    stamp, wanted = instance / KERNELS / "stamp-sites", _kernels_digest(checkout)
    if stamps.is_current(stamp, wanted):
        return
    log = instance / "logs" / "warm-sites.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [str(checkout.command), "instance", "warm-sites", "--instance", str(instance)]
    with log.open("wb") as output:
        done = subprocess.run(command, env=environment(instance), stdout=output, stderr=output, check=False)
    if done.returncode == 0:
        stamps.write(stamp, wanted)


def _kernels_digest(checkout: Checkout) -> str:
    """Return what the compiled kernels rest on: the code, its packages, the place of both, and Python."""
    code = [checkout.root / "geo", checkout.lock("runtime")]
    return stamps.digest(code, str(checkout.root), str(checkout.python.resolve()))


def _run(checkout: Checkout, instance: Path, action: str, what: str) -> None:
    """Run `lifecircle instance ACTION` on the instance."""
    run_step(
        Step(
            what=what,
            command=[checkout.command, "instance", action, "--instance", instance],
            log=instance / "logs" / f"{action}.log",
            hint="The lines above say what is at fault",
            folder=checkout.root,
            environment=environment(instance),
        )
    )
