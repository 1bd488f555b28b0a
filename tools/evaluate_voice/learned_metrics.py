"""Networks that listen: two estimators of quality, where they are installed.

pip install -c constraints.txt '.[judge]'
pip install --no-deps distillmos==0.9.1 xls-r-sqa==0.1.0

DNSMOS P.835 (MIT) hears noise and distortion; DistillMOS (MIT), which learned from listeners'
scores, hears more than that. The recogniser is that of `sbv2 proof --listen`. Nothing is fetched at
run time, nothing of them is shipped, and no test needs them.
"""

from __future__ import annotations

import io
import re
import sys
import unicodedata
from contextlib import redirect_stdout
from importlib.resources import files
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.audio.resample import resample

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 16000
MOS_SAMPLES = int(9.01 * RATE)

# Published with DNSMOS P.835: raw answer -> signal, background, overall.
MOS_CURVES = (
    (-0.08397278, 1.22083953, 0.0052439),
    (-0.13166888, 1.60915514, -0.39604546),
    (-0.06766283, 1.11546468, 0.04602535),
)


class DistillMos:
    """DistillMOS: what listeners would say, from 1 to 5."""

    def __init__(self) -> None:
        # The package asks for torchaudio to read files on its command line, which is not used
        # here, and whose newest version is for an older torch.
        sys.modules.setdefault("torchaudio", ModuleType("torchaudio"))
        from distillmos import ConvTransformerSQAModel  # noqa: PLC0415 - an extra

        with redirect_stdout(io.StringIO()):  # it says where its weights are
            self._model = ConvTransformerSQAModel()
        self._model.eval()

    def score(self, samples: NDArray[np.float32], rate: int) -> float:
        """Of the whole sound."""
        import torch  # noqa: PLC0415 - with the extra

        sound = torch.from_numpy(resample(samples, rate, RATE).astype(np.float32))
        with torch.inference_mode():
            return float(self._model(sound[None]))


class DnsMos:
    """DNSMOS: signal, background, overall, from 1 to 5."""

    def __init__(self) -> None:
        import onnxruntime  # noqa: PLC0415 - an extra

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = str(files("speechmos") / "dnsmos_models" / "sig_bak_ovr.onnx")
        self._session = onnxruntime.InferenceSession(path, options)

    def score(self, samples: NDArray[np.float32], rate: int) -> tuple[float, float, float]:
        """Of the first nine seconds; what is shorter is repeated."""
        sound = resample(samples, rate, RATE)
        sound = np.tile(sound, -(-MOS_SAMPLES // len(sound)))[:MOS_SAMPLES].astype(np.float32)
        name = self._session.get_inputs()[0].name
        raw = self._session.run(None, {name: sound[None]})[0][0]
        signal, background, overall = (
            float(np.polyval(curve, value)) for curve, value in zip(MOS_CURVES, raw, strict=True)
        )
        return signal, background, overall


def phones_of(text: str) -> list[str]:
    """Open JTalk's phones of a text, the same way for what was said and what was heard."""
    import pyopenjtalk  # noqa: PLC0415 - its dictionary takes a while

    plain = re.sub(r"[「」『』]", "", unicodedata.normalize("NFKC", text))
    found = pyopenjtalk.g2p(plain).lower().split() if plain else []
    return [phone for phone in found if phone not in ("pau", "sil")]
