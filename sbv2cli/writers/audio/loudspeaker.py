"""The default output device, through PortAudio. Needs the extra `play`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from sbv2cli.errors import MachineError
from sbv2cli.writers.audio.sink import FileFacts

try:
    import sounddevice
except ModuleNotFoundError:
    raise MachineError(
        "extra.missing",
        'playing needs the package "sounddevice", which is not installed',
        hint="pip install 'sbv2cli[play]', or give a file: -o hello.wav",
    ) from None
except OSError:
    raise MachineError(
        "device.sound",
        "the library PortAudio is not installed",
        hint="install libportaudio2, or give a file: -o hello.wav",
    ) from None

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class LoudspeakerSink:
    """Plays each block to its end before it takes the next."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._samples = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """What was heard was heard."""

    def write(self, samples: NDArray[np.float32]) -> None:
        """Play mono samples."""
        try:
            sounddevice.play(samples, self._rate, blocking=True)
        except sounddevice.PortAudioError as error:
            raise MachineError(
                "device.sound",
                f"no sound device answers: {error}",
                hint="give a file: -o hello.wav",
            ) from None
        self._samples += len(samples)

    def close(self) -> FileFacts:
        """Everything has been heard."""
        return FileFacts(format="loudspeaker", rate=self._rate, samples=self._samples, bytes=0)
