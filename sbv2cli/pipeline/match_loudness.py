"""One gain for each speaker of a voice, from how loud a few fixed sentences come out.

Never from the lines of the script: a whisper would be pulled up to a shout, and a line's sound
would depend on its neighbours.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sbv2cli.errors import UsageError
from sbv2cli.executors.executor import open_executor
from sbv2cli.pipeline import failures, workers
from sbv2cli.pipeline.job import Machine, PreparedLine
from sbv2cli.pipeline.spool import spool_of_lines
from sbv2cli.pipeline.synthesis import SynthesisTask, synthesize
from sbv2cli.records import Delivery

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PLAIN = ("none", "reference")
HEADER = "gains"

# Everyday sentences with a question, an exclamation, a pause and all vowels.
SENTENCES = (
    "おはようございます。今日はとてもいい天気ですね。",
    "すみません、駅まではどう行けばいいでしょうか？",
    "本当に？それはすごい！",
    "静かな夜に、遠くの海から波の音が聞こえてきた。",
    "明日の朝七時に、いつもの場所で待っています。",
)

_WRITTEN = re.compile(r"(peak|lufs)\s*:\s*([+-]?\d+(?:\.\d+)?)\s*(?:db|lufs)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How loud the fixed sentences are to be: their peak in dB, or all of them in LUFS."""

    measure: Literal["peak", "lufs"]
    level: float

    @property
    def ceiling_db(self) -> float | None:
        """What no line may exceed. The fixed sentences tell the gain; a line may be louder."""
        return self.level if self.measure == "peak" else None

    @property
    def written(self) -> str:
        """One spelling of equal targets."""
        return f"{self.measure}:{self.level:g}"


def parse(written: str) -> Target | None:
    """`peak:-1dB`, `lufs:-20`; `None` for the policies that measure nothing."""
    if written.casefold() in PLAIN:
        return None
    match = _WRITTEN.fullmatch(written.strip())
    if match is None:
        raise UsageError(
            "setting.gain",
            f'gain is "{written}"',
            hint=f"choose one of {', '.join(PLAIN)}, or write peak:-1dB or lufs:-20",
        )
    measure: Literal["peak", "lufs"] = "peak" if match[1].casefold() == "peak" else "lufs"
    level = float(match[2])
    if not -70 <= level <= 0:
        raise UsageError("setting.gain", f'gain is "{written}"', hint="a level is from -70 to 0 dB")
    return Target(measure=measure, level=level)


def with_gains(
    prepared_lines: Sequence[PreparedLine],
    policy: str,
    machine: Machine,
    header: Mapping[str, object],
) -> tuple[Sequence[PreparedLine], dict[str, float]]:
    """The lines with their gains, and the gains for the manifest's header.

    A gain that the last run measured is taken from its header, so that a run with nothing to do
    loads nothing.
    """
    target = parse(policy)
    if target is None:
        return prepared_lines, {}
    before = header.get(HEADER)
    known = dict(before) if isinstance(before, Mapping) else {}
    gains: dict[str, float] = {}
    for prepared in prepared_lines:
        key = _key(prepared, target)
        if key not in gains:
            value = known.get(key)
            gains[key] = (
                float(value)
                if isinstance(value, int | float)
                else _measured(prepared, target, machine)
            )
    raised = spool_of_lines(
        replace(
            prepared,
            file_settings=replace(
                prepared.file_settings,
                gain_db=prepared.file_settings.gain_db + gains[key],
                ceiling_db=target.ceiling_db,
            ),
        )
        for prepared, key in ((prepared, _key(prepared, target)) for prepared in prepared_lines)
    )
    return raised, gains


def _key(prepared: PreparedLine, target: Target) -> str:
    return f"{prepared.voice.fingerprint}/{prepared.settings.speaker}/{target.written}"


def _measured(prepared: PreparedLine, target: Target, machine: Machine) -> float:
    import numpy as np  # noqa: PLC0415

    from sbv2cli.audio import levels, loudness  # noqa: PLC0415

    sounds, rate = _spoken(prepared, machine)
    whole = np.concatenate(sounds)
    level = levels.peak_db(whole) if target.measure == "peak" else loudness.loudness(whole, rate)
    if math.isinf(level):
        return 0.0  # a voice that says nothing has no level; each line will tell
    # To a hundredth: another machine's last bits must not make every line stale.
    return round(target.level - level, 2)


def _spoken(prepared: PreparedLine, machine: Machine) -> tuple[list[NDArray[np.float32]], int]:
    from sbv2cli.languages.japanese import JAPANESE  # noqa: PLC0415
    from sbv2cli.voices.to_utterance import settle, trials  # noqa: PLC0415

    bundle = prepared.voice.bundle
    japanese = "ja" in bundle.config.languages and bundle.config.text_rules is None
    task = SynthesisTask(
        id="gain",
        readings=tuple(map(JAPANESE.read, SENTENCES)) if japanese else trials(bundle.config),
        bundle=bundle,
        worker=workers.worker(
            bundle, machine, workers.bert_folders(bundle, ["ja"] if japanese else [])
        ),
        settings=settle(Delivery(speaker=prepared.speaker), bundle),
    )
    with closing(open_executor(machine.executor, machine.cluster)) as executor:
        executor.open(task.worker)
        (spoken,) = synthesize(executor, [task])
    if spoken.failure is not None:
        raise failures.as_error(spoken.failure)
    return [sound.samples for sound in spoken.sounds], bundle.config.rate
