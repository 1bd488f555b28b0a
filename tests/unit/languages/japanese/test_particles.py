"""は in laughter, and where it is the particle."""

import pytest

from sbv2cli.languages.japanese import JAPANESE


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("ははは、そうか。", "ハハハソーカ"),
        ("あは、あはは！", "アハアハハ"),
        ("これは、あはは！", "コレワアハハ"),
    ],
)
def test_laughter_has_no_particle(text, kana):
    said = "".join(word.kana or "" for word in JAPANESE.read(text).words)
    assert "".join(letter for letter in said if letter >= "ァ") == kana
