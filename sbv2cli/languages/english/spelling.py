"""How a word that no dictionary has is probably said: the network of g2p_en, in numpy.

The weights are `checkpoint20.npz` of the package g2p-en 2.1.0 (Kyubyong Park and Jongseok Kim,
Apache License 2.0), read as a file: its code wants downloads and is never run. The network is an
encoder over letters and a decoder over phones, both a gated recurrent unit (Cho et al. 2014, in
the form of cuDNN: the reset gate acts after the recurrent product).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.languages.english.lexicon import package_folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTERS = ("<pad>", "<unk>", "</s>", *"abcdefghijklmnopqrstuvwxyz")
PHONES = (
    "<pad> <unk> <s> </s> AA0 AA1 AA2 AE0 AE1 AE2 AH0 AH1 AH2 AO0 AO1 AO2 AW0 AW1 AW2 AY0 AY1 AY2"
    " B CH D DH EH0 EH1 EH2 ER0 ER1 ER2 EY0 EY1 EY2 F G HH IH0 IH1 IH2 IY0 IY1 IY2 JH K L M N NG"
    " OW0 OW1 OW2 OY0 OY1 OY2 P R S SH T TH UH0 UH1 UH2 UW UW0 UW1 UW2 V W Y Z ZH"
).split()
LONGEST_WORD = 20  # phones
_UNKNOWN, _WORD_END = LETTERS.index("<unk>"), LETTERS.index("</s>")
_SPEECH_BEGINS, _SPEECH_ENDS = PHONES.index("<s>"), PHONES.index("</s>")


@dataclass(frozen=True, slots=True)
class _Recurrent:
    """A gated recurrent unit; the rows of its matrices are reset, update, candidate."""

    embedding: NDArray[np.float32]
    input_weights: NDArray[np.float32]
    state_weights: NDArray[np.float32]
    input_bias: NDArray[np.float32]
    state_bias: NDArray[np.float32]

    def step(self, symbol: int, state: NDArray[np.float32]) -> NDArray[np.float32]:
        size = state.shape[-1]
        from_input = self.embedding[[symbol]] @ self.input_weights.T + self.input_bias
        from_state = state @ self.state_weights.T + self.state_bias
        gates = 1 / (1 + np.exp(-(from_input[:, : 2 * size] + from_state[:, : 2 * size])))
        reset, update = gates[:, :size], gates[:, size:]
        candidate = np.tanh(from_input[:, 2 * size :] + reset * from_state[:, 2 * size :])
        blended: NDArray[np.float32] = (1 - update) * candidate + update * state
        return blended


@dataclass(frozen=True, slots=True)
class _Speller:
    encoder: _Recurrent
    decoder: _Recurrent
    output_weights: NDArray[np.float32]
    output_bias: NDArray[np.float32]

    def phones(self, word: str) -> tuple[str, ...]:
        state = np.zeros((1, self.encoder.state_weights.shape[-1]), np.float32)
        for letter in word:
            symbol = LETTERS.index(letter) if "a" <= letter <= "z" else _UNKNOWN
            state = self.encoder.step(symbol, state)
        state = self.encoder.step(_WORD_END, state)
        said: list[str] = []
        symbol = _SPEECH_BEGINS
        while len(said) < LONGEST_WORD:
            state = self.decoder.step(symbol, state)
            symbol = int((state @ self.output_weights.T + self.output_bias).argmax())
            if symbol == _SPEECH_ENDS:
                break
            said.append(PHONES[symbol])
        return tuple(said)


@cache
def _speller() -> _Speller:
    with np.load(package_folder("g2p_en") / "checkpoint20.npz") as weights:
        parts = {
            side: _Recurrent(
                *(
                    weights[f"{side}_{name}"].astype(np.float32)
                    for name in ("emb", "w_ih", "w_hh", "b_ih", "b_hh")
                )
            )
            for side in ("enc", "dec")
        }
        return _Speller(parts["enc"], parts["dec"], weights["fc_w"], weights["fc_b"])


@lru_cache(1 << 16)
def guess(word: str) -> tuple[str, ...]:
    """The ARPAbet phones of a word in small letters; at most twenty.

    Raises:
        MachineError: the extra `en` is not installed.
    """
    with np.errstate(over="ignore"):
        return _speller().phones(word)
