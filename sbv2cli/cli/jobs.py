"""From the settings of a run to its job."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbv2cli.cli.scripts import read_options, reading_manner
from sbv2cli.settings.folders import usual_voice_folders
from sbv2cli.translations.language import chosen

if TYPE_CHECKING:
    from sbv2cli.cli.options.common import CommonOptions
    from sbv2cli.executors.executor import Cluster
    from sbv2cli.pipeline.file_names import NameRules
    from sbv2cli.pipeline.job import Job, Machine
    from sbv2cli.settings.config import Configuration
    from sbv2cli.voices.bundle import Bundle
    from sbv2cli.writers.audio.formats import Encoding

# A drawn seed is small enough to be typed again.
_LARGEST_SEED = 2**31


def drawn_seed(seed: str | None) -> str | None:
    """`--seed random` draws one; the manifest records it, so the run can be repeated."""
    if seed is not None and seed.casefold() == "random":
        return str(secrets.randbelow(_LARGEST_SEED))
    return seed


def voice_folders(configuration: Configuration) -> tuple[Path, ...]:
    """Where voices are looked for by name, in order."""
    return (*configuration.voices_path, *usual_voice_folders())


def open_voice(common: CommonOptions, voice: str, backend: str = "auto") -> Bundle:
    """The voice of this name, or at this path; nothing of its weights is read."""
    from sbv2cli.voices import search_path
    from sbv2cli.voices.bundle import open_bundle

    place = search_path.find(voice, voice_folders(common.configuration()))
    return open_bundle(place.path, backend=backend)


def machine(
    configuration: Configuration,
    *,
    in_script_order: bool = False,
    executor: str = "local",
    cluster: Cluster | None = None,
) -> Machine:
    """Where the engine runs, settled."""
    from sbv2cli.executors.executor import NO_CLUSTER
    from sbv2cli.pipeline.job import Machine

    precision = configuration["precision"]
    return Machine(
        backend=configuration["backend"],
        device=configuration["device"],
        precision="fp32" if precision == "auto" else precision,
        threads=configuration["threads"],
        batch_frames=configuration["batch_frames"],
        in_script_order=in_script_order,
        executor=executor,
        cluster=cluster or NO_CLUSTER,
    )


def _cluster(configuration: Configuration) -> Cluster:
    """What is asked of a Ray cluster."""
    from sbv2cli.executors.executor import Cluster

    return Cluster(
        address=configuration["address"],
        workers=configuration["workers"],
        cpus=configuration["worker_cpus"],
        gpus=configuration["worker_gpus"],
    )


def job(
    configuration: Configuration,
    *,
    manifest: Path | None = None,
    force: bool = False,
    fsync: bool = True,
    header: Mapping[str, Any] | None = None,
) -> Job:
    """The job of `sbv2 render`."""
    from sbv2cli.pipeline import match_loudness
    from sbv2cli.pipeline.job import Job
    from sbv2cli.writers.manifest import NAME

    output = Path(configuration["output"])
    target = match_loudness.parse(configuration["gain"])
    return Job(
        output=output,
        manifest=manifest or output / NAME,
        delivery=configuration.delivery,
        cast=configuration.cast,
        styles=configuration.styles,
        default_character=configuration["default_character"],
        voice_folders=voice_folders(configuration),
        language=configuration["lang"],
        reading=read_options(configuration),
        reading_manner=reading_manner(configuration),
        pauses={level: entry.value for level, entry in configuration.pause.items()},
        names=name_rules(configuration),
        encoding=encoding(configuration),
        gain=configuration["gain"].casefold() if target is None else target.written,
        trim=configuration["trim"],
        lead=configuration["lead"],
        tail=configuration["tail"],
        timings=configuration["timings"],
        force=force,
        reuse=configuration["reuse"],
        verify=configuration["verify"],
        prune=configuration["prune"] == "delete",
        changes=configuration["changes"],
        messages=chosen(os.environ),
        strict=configuration["strict"],
        on_error=configuration["on_error"],
        max_failures=configuration["max_failures"],
        retries=configuration["retries"],
        fsync=fsync,
        machine=machine(
            configuration,
            in_script_order=configuration["sort"] == "script",
            executor=configuration["executor"],
            cluster=_cluster(configuration),
        ),
        header=header or {},
    )


def encoding(configuration: Configuration) -> Encoding:
    """The kind of file that is asked for."""
    from sbv2cli.writers.audio.formats import Encoding

    return Encoding(
        format=configuration["format"],
        subtype=configuration["subtype"],
        rate=configuration["rate"],
    )


def name_rules(configuration: Configuration) -> NameRules:
    """How files are called."""
    from sbv2cli.pipeline.file_names import NameRules
    from sbv2cli.settings.engines import ENGINES

    engine = configuration["for"]
    return NameRules(
        ext=encoding(configuration).ext,
        template=configuration["name"],
        engine=None if engine is None else ENGINES[engine],
        restrict=configuration["restrict_names"],
        suffix_collisions=configuration["on_collision"] == "suffix",
    )


# What the header of a manifest keeps of the settings, so that an audit knows where files belong.
OF_FILES = ("for", "name", "format", "subtype", "rate", "restrict_names")


def file_settings(configuration: Configuration) -> dict[str, Any]:
    """What a manifest keeps of how its files are called and written."""
    kept = {name: configuration[name] for name in OF_FILES}
    return {name: value for name, value in kept.items() if value not in (None, False)}


def as_rendered(configuration: Configuration, header: Mapping[str, Any]) -> Configuration:
    """The configuration with the file settings of an earlier run, where nobody says otherwise."""
    from sbv2cli.settings.config import BUILT_IN
    from sbv2cli.settings.config_file import Entry
    from sbv2cli.settings.parse import parse

    said = header.get("files")
    kept: Mapping[str, Any] = said if isinstance(said, dict) else {}
    values = {
        name: Entry(value=parse(name, kept[name]), origin="the manifest")
        for name in OF_FILES
        if isinstance(kept.get(name), str | int) and configuration.origin(name) == BUILT_IN
    }
    return replace(configuration, values={**configuration.values, **values})
