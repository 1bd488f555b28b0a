"""Lines are spoken by actors of a Ray cluster. The one module that imports ray.

An actor is one worker of the pool: it has one shard at a time, so what it made waits in the store
of its machine until this process takes it, and no store fills. Ray restarts and repeats nothing:
the pool decides what is done again, as it does for processes.
"""

from __future__ import annotations

import importlib
import logging
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock, Semaphore
from typing import Any

from sbv2cli import cpu_count
from sbv2cli.engine import BACKENDS
from sbv2cli.engine.measured import Measured
from sbv2cli.errors import MachineError
from sbv2cli.executors.carried import Carried, carried, pieces
from sbv2cli.executors.cluster import (
    Shape,
    about_this,
    answers,
    busy,
    first_line,
    refuse_other,
    shape,
    unreachable,
)
from sbv2cli.executors.executor import NO_CLUSTER, Cluster, Work, WorkerSpec, check
from sbv2cli.executors.pool import LOST_TRIES, DiedError, Item, ShardFunction, WorkerPool
from sbv2cli.executors.speaking import Speak, moved, paths_of, speak
from sbv2cli.files import runs
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.files import all_of

# Shards whose results are in this process at a time.
FETCHED = 4

# Seconds for a worker to begin; a cluster that grows with its work needs minutes for a machine.
START_S = 600
_POLL = 0.2

_FOLDERS = "sbv2-ray-"


class RayExecutor:
    """See `executors.executor.LineExecutor`. Actors stay for the next lines."""

    def __init__(self, cluster: Cluster = NO_CLUSTER) -> None:
        self.cluster = cluster
        self.pool = WorkerPool(self._started)
        self._session: Session | None = None
        self._lock = Lock()

    def open(self, spec: WorkerSpec) -> None:
        """Open the voice in one actor, so that what is wrong with it is raised."""
        self.pool.open(Speak(self.here(spec)[0]))

    def speak(self, work: Iterable[Work]) -> Generator[Measured]:
        """The lines of one recipe after those of another, by all actors."""
        yield from speak(self.pool, work, self.here)

    def here(self, spec: WorkerSpec) -> tuple[WorkerSpec, int]:
        """The recipe for one actor, and how many there are."""
        check("ray", self.cluster, device=spec.device, threads=spec.threads)
        shape = self._connected().shape(spec.device)
        device = spec.device if shape.gpus else "cpu"
        # A worker is in a folder of its own.
        found = {path: path.absolute() for path in paths_of(spec)}
        spec = replace(moved(spec, found), device=device, one_thread=True)
        return replace(spec, threads=max(1, int(shape.cpus))), shape.count

    def close(self) -> None:
        """End the actors, and what was started for them."""
        self.pool.close()
        if self._session is not None:
            self._session.close()
            self._session = None

    def _connected(self) -> Session:
        with self._lock:
            if self._session is None:
                self._session = Session(self.cluster)
            return self._session

    def _started(self, function: ShardFunction, needless: Callable[[], bool]) -> Actor | None:
        return self._connected().start(function, needless)


class Session:
    """This process's place in a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._folder: Path | None = None
        self._environment: dict[str, str | None] = {}
        self.ray = self._imported()
        self._ours = not self.ray.is_initialized()
        self._silenced = False
        if self._ours:
            self._connect()
        self.gate = Semaphore(FETCHED)
        self._class = self.ray.remote(_actor_class())
        self._functions: dict[ShardFunction, Any] = {}
        self._carried: dict[tuple[ShardFunction, Path], tuple[Carried, dict[str, list[Any]]]] = {}
        self._lock = Lock()
        self._shape: Shape | None = None
        self._device = "auto"

    def _imported(self) -> Any:
        # Told before it is imported, which is when it looks. Nothing is sent to anybody.
        self._set("RAY_USAGE_STATS_ENABLED", "0")
        if self.cluster.address is None and not os.environ.get("RAY_ADDRESS"):
            # Else a key for all clusters of this user is put into the home folder.
            self._set("RAY_AUTH_MODE", "token")
            self._set("RAY_AUTH_TOKEN", secrets.token_hex(32))
        return importlib.import_module("ray")

    def _set(self, name: str, value: str) -> None:
        self._environment.setdefault(name, os.environ.get(name))
        os.environ[name] = value

    def _connect(self) -> None:
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        address = self.cluster.address
        self._silence(silent=True)
        try:
            if address is None and not os.environ.get("RAY_ADDRESS"):
                self._begin_own(quiet)
            else:
                # Else Ray would go on trying for a quarter of an hour, and could not be stopped.
                answers(address or os.environ["RAY_ADDRESS"])
                self.ray.init(address=address, **quiet)
        except Exception as error:  # noqa: BLE001 - of many kinds
            self.close()
            raise unreachable(address, error) from None

    def _silence(self, *, silent: bool) -> None:
        """Ray tells of every worker that dies, on stdout: that belongs to the command."""
        told = vars(importlib.import_module("ray._private.worker"))
        if told.get("_worker_logs_enabled") is silent:
            told["_worker_logs_enabled"] = not silent
            self._silenced = silent

    def _begin_own(self, quiet: dict[str, Any]) -> None:
        """A cluster of this machine alone, which ends with this process."""
        self._folder = _own_folder()
        wanted = self.cluster
        cpus = (wanted.workers or 0) * (wanted.cpus or 1)
        self.ray.init(
            num_cpus=max(cpu_count.cores(), int(-(-cpus // 1))),
            include_dashboard=False,
            # Ray opens its folder to everybody; the one around it stays ours.
            _temp_dir=str(self._folder / "r"),
            _node_ip_address="127.0.0.1",
            **quiet,
        )

    def close(self) -> None:
        """Leave the cluster; one that was begun here ends, and its folder goes away."""
        if self._ours and self.ray.is_initialized():
            self.ray.shutdown()
        if self._silenced:
            self._silence(silent=False)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def shape(self, device: str) -> Shape:
        """Workers by what is asked for, and for the rest by what the cluster has."""
        if self._shape is None or device != self._device:
            nodes = [node["Resources"] for node in self.ray.nodes() if node["Alive"]]
            self._shape, self._device = shape(self.cluster, nodes, device), device
        return self._shape

    def start(self, function: ShardFunction, needless: Callable[[], bool]) -> Actor | None:
        """A new actor, unless it is needless before it has begun."""
        package = BACKENDS[function.backend].package
        end = time.monotonic() + START_S
        met: BaseException = TimeoutError()
        for _ in range(LOST_TRIES):
            try:
                found = self._begun(package, needless, end)
            except self.ray.exceptions.RayError as error:  # its machine was lost meanwhile
                met = error
                continue
            if found is not None:
                refuse_other(found[1], about_this(package))
                return Actor(self, found[0], found[1]["node"], found[1]["host"])
            return None
        raise unreachable(self.cluster.address, met)

    def _begun(
        self, package: str, needless: Callable[[], bool], end: float
    ) -> tuple[Any, dict[str, str]] | None:
        """An actor, and what it says of its machine."""
        each = self.shape(self._device)
        options = {"num_cpus": each.cpus, "num_gpus": each.gpus, "max_restarts": 0}
        handle = self._class.options(**options).remote()
        about = handle.about.remote(package)
        while not self.ray.wait([about], timeout=_POLL)[0]:
            late, unwanted = time.monotonic() > end, needless()
            if late or unwanted:
                self.ray.kill(handle)
            if late:
                raise busy(each, self.ray.cluster_resources(), START_S)
            if unwanted:
                return None
        return handle, self.ray.get(about)

    def reference(self, function: ShardFunction) -> Any:
        """A function in the store of objects, put there once."""
        with self._lock:
            if function not in self._functions:
                self._functions[function] = self.ray.put(function)
            return self._functions[function]

    def listed(self, function: ShardFunction, path: Path) -> Carried:
        """The files of a voice or a BERT model."""
        return self._files(function, path)[0]

    def put(self, function: ShardFunction, path: Path) -> dict[str, list[Any]]:
        """The same files in the store of objects, put there once, in pieces."""
        what, references = self._files(function, path)
        with self._lock:
            for name, _ in what.files:
                if name not in references:
                    whole = pieces(what.folder / name)
                    references[name] = [self.ray.put(piece) for piece in whole]
        return references

    def _files(self, function: ShardFunction, path: Path) -> tuple[Carried, dict[str, list[Any]]]:
        with self._lock:
            if (function, path) not in self._carried:
                spec = next((spec for spec in function.specs() if spec.bundle == path), None)
                weights = [] if spec is None else all_of(_bundle(spec).parts)
                self._carried[function, path] = carried(path, weights), {}
            return self._carried[function, path]

    def lost(self, node: str) -> bool:
        """Whether a machine has left the cluster."""
        try:
            nodes = self.ray.nodes()
        except self.ray.exceptions.RayError:  # the first machine does not answer
            return True
        return not any(one["NodeID"] == node and one["Alive"] for one in nodes)

    def has_our_files(self, node: str) -> bool:
        """Whether a worker is on this machine."""
        client = (self.cluster.address or "").startswith("ray://")
        return not client and node == self.ray.get_runtime_context().get_node_id()


@dataclass(eq=False, slots=True)
class Actor:
    """An actor as this process sees it; see `executors.pool.RemoteWorker`."""

    session: Session
    handle: Any
    node: str
    host: str
    opened: set[ShardFunction] = field(default_factory=set)
    _numbers: dict[ShardFunction, int] = field(default_factory=dict)

    def run(self, function: ShardFunction, items: Sequence[Item]) -> Iterator[Item]:
        """Results of items; see `RemoteWorker.run`."""
        if function not in self.opened:
            self._open(function)
            self.opened.add(function)
        if items:
            reference = self.handle.call.remote("done", self._numbers[function], list(items))
            self.session.ray.wait([reference], fetch_local=False)
            # Until all of it is taken, no more than a few others are brought here.
            with self.session.gate:
                yield from self._answer(reference)

    def kill(self) -> None:
        """End the actor, whatever it does."""
        self.session.ray.kill(self.handle)

    def end(self) -> str:
        """End the actor, if it has not ended; where it was."""
        self.kill()
        return f"a worker of Ray on {self.host}"

    def _open(self, function: ShardFunction) -> None:
        number = self._numbers.setdefault(function, len(self._numbers))
        places: dict[Path, Path] = {}
        if not self.session.has_our_files(self.node):
            for path in _paths(function):
                what = self.session.listed(function, path)
                if not self._call("has", what):
                    files = self.session.put(function, path)
                    places[path] = self._call("receive", what, files)
        self._call("take", number, self.session.reference(function), places)

    def _call(self, name: str, *arguments: Any) -> Any:
        return self._answer(self.handle.call.remote(name, *arguments))

    def _answer(self, reference: Any) -> Any:
        ray = self.session.ray
        try:
            answer = ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            raise MachineError(
                "cluster.worker",
                f"a worker on {self.host} cannot work: {first_line(error.cause or error)}",
                hint="install the same sbv2 with the same extras on every machine of the cluster",
            ) from None
        except ray.exceptions.RayError as error:
            # Out of reach: of a machine that is lost Ray may not know yet.
            unknown = type(error).__name__ == "ActorUnavailableError"
            raise DiedError(lost=unknown or self.session.lost(self.node)) from None
        if isinstance(answer, Exception):
            raise answer
        return answer


def _actor_class() -> type:
    """What runs on the machines. Made here, so that ray sends its code and imports nothing of ours.

    So a machine without sbv2, or with another one, can say so.
    """

    class ShardActor:
        def about(self, package: str) -> dict[str, str]:
            """What is installed here."""
            import platform  # noqa: PLC0415
            from importlib import metadata  # noqa: PLC0415

            import ray  # noqa: PLC0415

            try:
                from sbv2cli.version import VERSION as ours  # noqa: N811, PLC0415
            except ImportError:
                ours = "none"
            try:
                installed = metadata.version(package)
            except metadata.PackageNotFoundError:
                installed = "none"
            return {
                "sbv2": ours,
                "Python": platform.python_version(),
                package: installed,
                "node": ray.get_runtime_context().get_node_id(),
                "host": platform.node(),
            }

        def call(self, name: str, *arguments: Any) -> Any:
            """What a method of the server answers, or the error that it raises."""
            import ray  # noqa: PLC0415

            from sbv2cli.executors import one_thread  # noqa: F401, PLC0415  (before torch)
            from sbv2cli.executors.serving import ActorServer  # noqa: PLC0415

            if not hasattr(self, "server"):
                self.server = ActorServer(ray.get)
            return self.server.call(name, arguments)

    return ShardActor


def _paths(function: ShardFunction) -> list[Path]:
    """Files and folders that recipes name."""
    return list(dict.fromkeys(path for spec in function.specs() for path in paths_of(spec)))


def _bundle(spec: WorkerSpec) -> Any:
    return open_bundle(spec.bundle, spec.weights, backend=spec.backend)


def _own_folder() -> Path:
    """An empty folder for one cluster. Those of processes that were killed go away."""
    root = Path(_short_folder())
    for left in root.glob(f"{_FOLDERS}*-*"):
        process = left.name.removeprefix(_FOLDERS).partition("-")[0]
        if process.isdecimal() and not runs(int(process)):
            shutil.rmtree(left, ignore_errors=True)  # of another user it stays
    return Path(tempfile.mkdtemp(prefix=f"{_FOLDERS}{os.getpid()}-", dir=root))


def _short_folder() -> str:
    """Where sockets can be: the system allows some hundred bytes for the whole path."""
    longest = 30
    usual = tempfile.gettempdir()
    return "/tmp" if len(usual) > longest and Path("/tmp").is_dir() else usual  # noqa: S108
