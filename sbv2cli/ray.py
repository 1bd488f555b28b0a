"""Ray Data: a dataset of texts to a dataset with their sounds. Nothing of ray is imported here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sbv2cli.records import Delivery

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ("speak",)

# Actors at most; the cluster has room for how many there are.
_MOST = 1024

# Rows that travel together: BERT reads a dozen lines in one go; few enough for any memory.
_BATCH = 48


def speak(  # noqa: PLR0913 - the words of the command line
    dataset: Any,
    *,
    voice: Path | str | None = None,
    column: str = "text",
    delivery: Delivery | None = None,
    workers: int | None = None,
    cpus: float = 1,
    gpus: float = 0,
) -> Any:
    """The dataset with `audio` (samples), `rate` and `error` (a code, or "") for each row.

    Args:
        dataset: a `ray.data.Dataset`.
        voice: a folder or file, at the same place on every machine; the voice that comes with the
            package where not given.
        column: what is spoken.
        delivery: how it is spoken.
        workers: actors; as many as the cluster has room for where not given. Each loads the voice
            once.
        cpus: of each actor, and its threads.
        gpus: of each actor.
    """
    return dataset.map_batches(
        _Speaker,
        fn_constructor_kwargs={
            "voice": None if voice is None else str(Path(voice).absolute()),
            "column": column,
            "delivery": delivery or Delivery(),
            "threads": max(1, int(cpus)),
            "device": "cuda" if gpus else "cpu",
        },
        batch_size=_BATCH,
        batch_format="numpy",
        num_cpus=cpus,
        num_gpus=gpus,
        concurrency=workers or (1, _MOST),
    )


class _Speaker:
    """An actor: it has the voice, and is given batches."""

    def __init__(
        self, voice: str | None, column: str, delivery: Delivery, threads: int, device: str
    ) -> None:
        from sbv2cli.api import load_voice  # noqa: PLC0415  (torch, where it speaks)

        self.voice = load_voice(voice, device=device, threads=threads)
        self.column = column
        self.delivery = delivery

    def __call__(self, batch: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        from sbv2cli.api import Line  # noqa: PLC0415

        texts = batch[self.column]
        sounds = list(
            self.voice.speak(Line(text=str(text), delivery=self.delivery) for text in texts)
        )
        audio = np.empty(len(sounds), dtype=object)
        for place, sound in enumerate(sounds):
            audio[place] = sound.samples
        errors = ["" if sound.failure is None else sound.failure.code for sound in sounds]
        return {
            **batch,
            "audio": audio,
            "rate": np.array([sound.rate for sound in sounds], dtype=np.int64),
            "error": np.array(errors, dtype=object),
        }
