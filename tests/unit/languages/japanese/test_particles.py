"""は in laughter, and where it is the particle."""

import pytest


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("ははは、そうか。", "ハハハソーカ"),
        ("あは、あはは！", "アハアハハ"),
        ("これは、あはは！", "コレワアハハ"),
    ],
)
def test_laughter_has_no_particle(kana_of, text, kana):
    assert kana_of(text) == kana
