"""Every variable that the program reads is known to the one that looks for typing errors."""

from __future__ import annotations

import re
from pathlib import Path

import sbv2cli
from sbv2cli.settings.variables import known

_NAME = re.compile(r"(?<!_)SBV2_[A-Z_]*[A-Z]\b")
_NOT_READ = {"SBV2_TEST"}  # how variables of our tests begin


def test_every_name_in_the_source_is_known() -> None:
    package = Path(sbv2cli.__file__).parent
    texts = [path.read_text("utf-8") for path in package.rglob("*.py")]
    found = {name for text in texts for name in _NAME.findall(text)}
    assert {"SBV2_MESSAGES", "SBV2_BERT", "SBV2_LINE", "SBV2_SDP_RATIO"} <= found
    assert found - set(known()) - _NOT_READ == set()
