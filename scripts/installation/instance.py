"""The instance: what one running service keeps (networks, compiled kernels), prepared from data/."""

from __future__ import annotations

from pathlib import Path

from . import stamps
from .checkout import Checkout
from .progress import Step, clean_environment, run_step


def environment(instance: Path) -> dict[str, str]:
    """Return the environment variables of everything that works on the instance in the folder `instance`.

    The compiled kernels are kept in the instance, not beside the source, so that a checkout may be read-only.
    """
    return {
        **clean_environment(),
        "LIFECIRCLE_INSTANCE": str(instance),
        "NUMBA_CACHE_DIR": str(instance / "kernels"),
    }


def prepare(checkout: Checkout, instance: Path) -> None:
    """Build the instance's networks from data/ and compile the kernels; each only when its inputs have changed."""
    code = [checkout.root / "geo", checkout.lock("runtime")]
    networks = stamps.digest([*code, checkout.root / "data"], str(checkout.root))
    _run_once(checkout, instance, "prepare", networks, "Building the walking networks and checking the layers")
    kernels = stamps.digest(code, str(checkout.root), str(checkout.python.resolve()))
    _run_once(checkout, instance, "warm", kernels, "Compiling the walking-distance kernels")


def _run_once(checkout: Checkout, instance: Path, action: str, inputs: str, what: str) -> None:
    """Run `lifecircle instance ACTION` unless its stamp in the instance says it was done from these inputs."""
    stamp = instance / "stamps" / action
    if stamps.is_current(stamp, inputs):
        return
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
    stamps.write(stamp, inputs)
