"""What a cluster has, what of it workers take, and what is wrong with it. Knows no ray."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from sbv2cli.errors import MachineError
from sbv2cli.executors.executor import Cluster
from sbv2cli.version import VERSION

# Seconds in which a machine of a cluster answers.
ANSWER_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How many workers there are, and what each of them takes."""

    count: int
    cpus: float
    gpus: float


def shape(cluster: Cluster, nodes: Sequence[dict[str, float]], device: str) -> Shape:
    """How many workers go where; a machine has only whole ones."""
    gpus = cluster.gpus
    if gpus is None:
        has_gpu = any(node.get("GPU", 0) for node in nodes)
        gpus = 1.0 if device == "cuda" or (device == "auto" and has_gpu) else 0.0
    cpus = 1.0 if cluster.cpus is None else cluster.cpus
    fit = sum(
        min(int(node.get(name, 0) // each) for name, each in (("CPU", cpus), ("GPU", gpus)) if each)
        for node in nodes
        if cpus or gpus
    )
    if not fit and cluster.workers is None:
        raise MachineError(
            "cluster.small",
            f"no machine of the cluster has {_amount(cpus, gpus)}, which each worker takes;"
            f" machines: {len(nodes)}, CPUs: {sum(n.get('CPU', 0) for n in nodes):g},"
            f" GPUs: {sum(n.get('GPU', 0) for n in nodes):g}",
            hint="smaller --worker-cpus or --worker-gpus; a cluster that grows needs --workers",
        )
    return Shape(count=cluster.workers or fit, cpus=cpus, gpus=gpus)


def answers(address: str) -> None:
    """Raise where nobody listens at an address; "auto" names none."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), ANSWER_S).close()


def about_this(package: str) -> dict[str, str]:
    """What decides whether a worker does what this process would."""
    try:
        installed = version(package)
    except PackageNotFoundError:
        installed = "none"
    return {"sbv2": VERSION, "Python": ".".join(map(str, sys.version_info[:3])), package: installed}


def refuse_other(found: dict[str, str], wanted: dict[str, str]) -> None:
    """Refuse a worker whose sounds or records may be others."""
    for name, ours in wanted.items():
        theirs = found[name]
        if _same(name, ours) != _same(name, theirs):
            has = f"has no {name}" if theirs == "none" else f"has {name} {theirs}"
            raise MachineError(
                "cluster.version",
                f"the worker on {found['host']} {has}, this computer has {name} {ours}",
                hint=f"install {name} {ours} on every machine of the cluster",
            )


def _same(name: str, number: str) -> str:
    """What must be equal of a version: builds of torch for CPU and GPU are one version."""
    if name == "Python":
        return ".".join(number.split(".")[:2])
    return number.partition("+")[0]


def _amount(cpus: float, gpus: float) -> str:
    return " and ".join(f"{each:g} {name}" for each, name in ((cpus, "CPU"), (gpus, "GPU")) if each)


def first_line(error: BaseException) -> str:
    """What an error says, as far as it fits into a message."""
    return str(error).strip().partition("\n")[0][:300]


def unreachable(address: str | None, error: BaseException) -> MachineError:
    """There is no cluster, or one of other versions."""
    said = first_line(error)
    if "ersion mismatch" in str(error):  # Ray compares its own version and that of Python
        said = " ".join(str(error).split())[:300]
        return MachineError(
            "cluster.version",
            f"the cluster was started by another Ray or Python: {said}",
            hint="use the same versions on this computer and on every machine of the cluster",
        )
    return MachineError(
        "cluster.unreachable",
        f'there is no Ray cluster at "{address or "this computer"}": {said}',
        hint="start one with ray start --head, or leave out --address for this computer alone",
    )


def busy(each: Shape, resources: dict[str, float], seconds: float) -> MachineError:
    """No worker could begin."""
    has = _amount(resources.get("CPU", 0), resources.get("GPU", 0))
    return MachineError(
        "cluster.busy",
        f"no worker could begin within {seconds:g} seconds: each takes"
        f" {_amount(each.cpus, each.gpus)}, the cluster has {has or 'nothing'}",
        hint="wait until others are done, or choose fewer --worker-cpus",
    )
