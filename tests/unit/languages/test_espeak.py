"""Text through espeak-ng: a program in its place tells what it is given; the real one, if there."""

from __future__ import annotations

import shutil
import stat
import sys

import pytest

from sbv2cli.errors import Sbv2Error
from sbv2cli.languages import espeak
from sbv2cli.languages.letters import read_letters
from sbv2cli.records import TextRules

# Every clause comes back in capitals; "long" is answered with two lines.
PROGRAM = f"""#!{sys.executable}
import sys
voice = sys.argv[sys.argv.index("-v") + 1]
if voice == "none":
    sys.exit("Error: The specified espeak-ng voice does not exist.")
if voice == "broken":
    sys.exit("out of order")
for line in sys.stdin.buffer.read().decode().splitlines():
    for part in line.split("long"):
        sys.stdout.buffer.write((" " + part.strip().upper() + "(en)\\n").encode())
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    path = tmp_path / "bin" / "espeak-ng"
    path.parent.mkdir()
    path.write_text(PROGRAM, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(path.parent))
    espeak._spoken.cache_clear()
    yield
    espeak._spoken.cache_clear()


def said(text: str, marks: str = "ends", voice: str = "en-us") -> str:
    placed = [(letter, place) for place, letter in enumerate(text)]
    return "".join(letter for letter, _ in espeak.phonemes(placed, voice, marks))


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    ("text", "kept", "ends"),
    [
        ("hello, you.", "HELLO, YOU.", "HELLO, YOU."),
        ("is it?! yes", "IS IT?! YES", "IS IT? YES"),
        ("it is 3.14 or 1,000", "IT IS 3.14 OR 1,000", "IT IS 3.14 OR 1,000"),
        ('he said "no."', 'HE SAID "NO."', 'HE SAID "NO.'),
        ("a (b) c", "A (B) C", "A (B) C"),
        ("你好。再见！", "你好。再见！", "你好. 再见!"),
        ("a long b, c", "A B, C", "A B, C"),
        ("well… yes", "WELL… YES", "WELL. YES"),
        ("-v de", "-V DE", "-V DE"),
        ("", "", ""),
        ("...", "...", "."),
    ],
)
def test_marks_come_back(text, kept, ends):
    assert said(text, "kept") == kept
    assert said(text, "ends") == ends


@pytest.mark.usefixtures("program")
def test_a_reading_has_the_phonemes_as_symbols():
    rules = TextRules(language="en", known=frozenset("HELO,Y "), espeak="en-us")
    reading = read_letters("hello, you", rules)
    assert reading.normalised == "HELLO, YO"
    (finding,) = reading.findings
    assert '"U"' in finding.message
    assert finding.span == (7, 8)


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(("voice", "code"), [("none", "espeak.voice"), ("broken", "espeak.failed")])
def test_what_it_refuses_is_told(voice, code):
    with pytest.raises(Sbv2Error) as caught:
        said("hello", voice=voice)
    assert caught.value.code == code


def test_without_the_program_the_hint_names_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Sbv2Error) as caught:
        said("nobody has said this before")
    assert caught.value.code == "espeak.missing"
    assert "apt install espeak-ng" in caught.value.hint


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_the_real_program_speaks():
    assert "həlˈoʊ" in said("Hello, my dog is cute. Isn't it?")
    assert said("Hello, you.").endswith(".")
