"""Which of the sounds that a scenario plays are voices, so that they name the files of lines.

Voices and effects are played by one tag. An effect is in a folder or has a name that says so, or is
played more than once; and where hardly any message has a sound, only those in a folder of voices
are ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

_EFFECT = re.compile(
    r"(?:^|/)(?:se|bgm|bgs|sounds?|sfx|effects?|効果音)(?:/|[\d_\-])", re.IGNORECASE
)
_VOICE = re.compile(r"(?:^|/)(?:[^/]*(?:voice|ボイス|音声|台詞|セリフ)[^/]*|vo|cv)/", re.IGNORECASE)
_FEW = 0.2  # of the messages


@dataclass(frozen=True, slots=True)
class Played:
    """What is played between the message before and one message."""

    files: tuple[str, ...]
    certain: bool = False  # played by what plays nothing but voices
    branched: bool = False  # the game decides which

    @property
    def likely(self) -> str | None:
        """The file that is most like a voice: the last, for the text begins with it."""
        voices = [one for one in self.files if not _EFFECT.search(one.replace("\\", "/"))]
        named = [one for one in voices if _VOICE.search(one.replace("\\", "/"))]
        likely = named or voices
        return likely[-1] if likely else None


def voices_of(played: Mapping[int, Played], messages: int) -> set[int]:
    """The numbers of the messages whose likely sound is a voice."""
    times = Counter(file for one in played.values() for file in one.files)
    once = {
        number: one
        for number, one in played.items()
        if one.likely is not None and (one.certain or times[one.likely] == 1)
    }
    few = len(once) < _FEW * messages
    return {
        number
        for number, one in once.items()
        if not one.branched and (one.certain or not few or _VOICE.search(one.likely or ""))
    }
