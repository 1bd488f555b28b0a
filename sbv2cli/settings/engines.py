"""Game engines: what their voice files are called, where they look for them, in which format.

A row stands for settings that nobody wrote; what somebody wrote holds. Folders are below the
output folder, which is the folder of the game's project, so that manifest and timings stay outside
of what the engine imports and ships.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What one engine wants of its voice files."""

    title: str
    folder: str  # where the engine looks, and where a file name in the script belongs; {lang}
    name: str  # template, below `folder`
    format: str
    subtype: str = "pcm16"
    by_id: bool = True  # it finds the file of a line by the id that its own export gives the line

    @property
    def template(self) -> str:
        """The name template below the output folder."""
        return f"{self.folder}/{self.name}"

    def folder_of(self, language: str) -> str:
        """The folder of the files of one language."""
        return self.folder.replace("{lang}", language)

    @property
    def settings(self) -> Mapping[str, str]:
        """Keys of `settings.keys` and their values."""
        return {"format": self.format, "subtype": self.subtype}


ENGINES: Mapping[str, Engine] = {
    # config.auto_voice = "voice/{id}.ogg"; https://www.renpy.org/doc/html/voice.html
    "renpy": Engine(title="Ren'Py", folder="game/voice", name="{id}.{ext}", format="ogg"),
    # [playse storage=...] and [voconfig vostorage=...] are below data/sound.
    "tyrano": Engine(
        title="TyranoScript",
        folder="data/sound",
        name="voice/{id}.{ext}",
        format="ogg",
        by_id=False,
    ),
    # The assets folder of one language; a file is found by the id of its line without `line:`, in
    # lower case. https://docs.yarnspinner.dev/yarn-spinner-for-unity/assets-and-localization
    "yarn": Engine(
        title="Yarn Spinner", folder="Assets/Voice/{lang}", name="{id:lower}.{ext}", format="wav"
    ),
    # The column Voice of a scenario is below Sound/Voice of the project's resources.
    "utage": Engine(
        title="Utage",
        folder="Resources/Sound/Voice",
        name="{id}.{ext}",
        format="wav",
        by_id=False,
    ),
    # An asset table has a clip for each key and language; folders are free.
    "unity": Engine(
        title="Unity Localization", folder="Assets/Voice/{lang}", name="{id}.{ext}", format="wav"
    ),
    # WAV of 16 bits imports without conversion. What imports dialogue wants a folder for each
    # culture (RawAudioPath of the localisation target).
    # https://dev.epicgames.com/documentation/unreal-engine/importing-audio-files
    "unreal": Engine(
        title="Unreal Engine", folder="RawAudio/Voice/{lang}", name="{id}.{ext}", format="wav"
    ),
    # The plugin SimpleVoice plays files of this folder; the engine itself knows no voices.
    "rpgmaker": Engine(
        title="RPG Maker", folder="audio/voice", name="{id}.{ext}", format="ogg", by_id=False
    ),
    # Auto voicing: the path of the script, then the id of the text.
    # https://naninovel.com/guide/voicing
    "naninovel": Engine(
        title="Naninovel",
        folder="Assets/Resources/Naninovel/Voice",
        name="{stem}/{meta.text_id}.{ext}",
        format="wav",
    ),
}
