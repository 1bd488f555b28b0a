"""Shell completion: in bash, zsh and fish themselves, and what a shell asks."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stage import Sbv2, script

ENTER, TAB = b"\r", b"\t"
TABS = 3  # the second and third say that the first was not enough
PATIENCE_S = 20.0

Complete = Callable[[str], list[str]]


@pytest.fixture
def there(stage: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with voices, a cast and a script, and `sbv2` on the path."""
    (stage / "bin").mkdir()
    program = stage / "bin" / "sbv2"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sbv2cli "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    script("sbv2.toml", '[cast."太郎"]\nvoice = "hana"\n[cast."Old Joe"]\nvoice = "ken"\n')
    script("lines.csv", "id,character,text,mood\na1,次郎,はい。,glad\n")
    (stage / "voices" / "two words").symlink_to(stage / "voices" / "hana")
    return stage


@pytest.fixture
def answer(there: Path, sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch) -> Complete:
    """What sbv2 answers a shell."""

    def ask(line: str) -> list[str]:
        monkeypatch.setenv("_SBV2_COMPLETE", "fish_complete")
        monkeypatch.setenv("SBV2_LINE", line)
        result = sbv2()
        assert (result.status, result.talk) == (0, "")
        return [row.split("\t")[1] for row in result.out.splitlines() if row]

    return ask


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("sbv2 ch", ["check"]),
        ("sbv2 voices sh", ["show"]),
        ("sbv2 say --sty", ["--style", "--style-weight"]),
        ("sbv2 say -m ha", ["hana"]),
        ("sbv2 say -m hana/", ["hana/花子", "hana/Taro"]),
        ("sbv2 say --voice=ke", ["--voice=ken"]),
        ("sbv2 voices show ", ["hana", "ken", "poly", "two words", "sbv2-f01"]),
        ("sbv2 say -m hana --style H", ["Happy"]),
        ("sbv2 say -m hana --style Happy:0.5+S", ["Happy:0.5+Sad"]),
        ("sbv2 say --style A", ["Angry"]),
        ("sbv2 say -m hana --speaker 花", ["花子"]),
        ("sbv2 render lines.csv --default-character ", ["太郎", "Old Joe", "次郎"]),
        ("sbv2 render lines.csv --select cha", ["character=", "chapter=", "chapter_title="]),
        ("sbv2 render lines.csv --select mo", ["mood="]),
        ("sbv2 render lines.csv --select mood=", ["mood=glad"]),
        ("sbv2 render lines.csv --select 'character!=", ["character!=次郎"]),
        ("sbv2 render lines.csv --column tex", ["text="]),
        ("sbv2 render --for u", ["utage", "unity", "unreal"]),
        ("sbv2 render --format o", ["ogg", "opus"]),
        ("sbv2 render --from reng", []),
        ("sbv2 render --from renp", ["renpy", "renpy-translation"]),
        ("sbv2 say --format mp", ["mp3"]),
        ("sbv2 join --loudness a", ["acx"]),
        ("sbv2 train prepare a b --recipe mult", ["multilingual"]),
        ("sbv2 say --pause para", ["paragraph="]),
        ("sbv2 say -m nobody --style ", []),
    ],
)
def test_what_is_offered(answer: Complete, line: str, offered: list[str]) -> None:
    assert answer(line) == offered


def test_a_broken_settings_file_ends_nothing(answer: Complete) -> None:
    script("sbv2.toml", "voice = [")
    assert answer("sbv2 say -m ha") == []
    assert answer("sbv2 say --form") == ["--format"]


@pytest.mark.parametrize("line", ["sbv2 say -m ", "sbv2 say --style ", "sbv2 render --select n"])
def test_completion_imports_nothing_slow(there: Path, line: str) -> None:
    code = (
        "import sys, atexit\n"
        "slow = {'torch', 'numpy', 'rich', 'tqdm', 'transformers', 'soundfile'}\n"
        "atexit.register(lambda: print('\\nslow:', *slow & set(sys.modules)))\n"
        "from sbv2cli.cli.main import main\nmain([])"
    )
    environment = {**os.environ, "SBV2_LINE": line, "_SBV2_COMPLETE": "bash_complete"}
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines()[-1] == "slow:"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(there: Path, shell: str) -> None:
    result = subprocess.run(["sbv2", "completion", shell], capture_output=True, check=True)
    assert result.stderr == b""
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here that could read the script")
    subprocess.run([shell, "-n"], input=result.stdout, check=True)


def test_unknown_shells_name_the_known(there: Path) -> None:
    result = subprocess.run(["sbv2", "completion", "csh"], capture_output=True, check=False)
    assert result.returncode == 2
    assert b"bash" in result.stderr


# In the shells themselves: a person types, presses Tab and Enter, and a function shows what arrived
# as arguments.

SHELLS = {
    "bash": (
        "--norc --noprofile -i",
        "bind 'set enable-bracketed-paste off'; source <(sbv2 completion bash); ",
    ),
    "zsh": (
        "-f -i",
        (
            "autoload -Uz compinit; compinit -u -D; unset zle_bracketed_paste;"
            " source <(command sbv2 completion zsh); unsetopt prompt_cr prompt_sp; "
        ),
    ),
}
SHOW = """sbv2() { printf '%s\\n' "$@" > arguments; printf 'E%s\\n' ND; }; PS1='READ''Y> '"""


class Terminal:
    """A shell that believes a person types."""

    def __init__(self, shell: str) -> None:
        options, setup = SHELLS[shell]
        self.process, self.end = pty.fork()
        if not self.process:  # pragma: no cover - the shell itself
            os.environ["TERM"] = "dumb"
            os.execvp(shell, [shell, *options.split()])
        self.type(f"{setup}{SHOW}".encode() + ENTER)
        self.read(b"READY> ")

    def type(self, data: bytes) -> None:
        os.write(self.end, data)

    def read(self, until: bytes) -> bytes:
        seen = b""
        while until not in seen:
            ready, _, _ = select.select([self.end], [], [], PATIENCE_S)
            assert ready, seen.decode(errors="replace")
            seen += os.read(self.end, 4096)
        return seen

    def completed(self, line: str) -> list[str]:
        """The arguments that a line has after Tab."""
        self.type(line.encode() + TAB + ENTER)
        self.read(b"END\r\nREADY> ")
        return Path("arguments").read_text(encoding="utf-8").splitlines()

    def close(self) -> None:
        os.close(self.end)
        os.waitpid(self.process, 0)


@pytest.fixture(params=["bash", "zsh"])
def terminal(request: pytest.FixtureRequest, there: Path) -> Iterator[Terminal]:
    if shutil.which(request.param) is None:
        pytest.skip(f"no {request.param} here")
    shell = Terminal(request.param)
    yield shell
    shell.close()


TYPED = {
    "sbv2 vo": ["voices"],
    "sbv2 say -m ke": ["say", "-m", "ken"],
    "sbv2 say --voice=ke": ["say", "--voice=ken"],
    "sbv2 say -m tw": ["say", "-m", "two words"],
    "sbv2 say -m hana --style Happy:0.5+S": ["say", "-m", "hana", "--style", "Happy:0.5+Sad"],
    "sbv2 say -m hana --speaker 花": ["say", "-m", "hana", "--speaker", "花子"],
    "sbv2 render lines.csv --select mo": ["render", "lines.csv", "--select", "mood="],
    "sbv2 render lines.csv --select mood=g": ["render", "lines.csv", "--select", "mood=glad"],
    "sbv2 render --default-character O": ["render", "--default-character", "Old Joe"],
    "sbv2 render lin": ["render", "lines.csv"],
    "sbv2 render --cast lin": ["render", "--cast", "lines.csv"],
    "sbv2 render --cast=lin": ["render", "--cast=lines.csv"],
}


def test_what_a_person_types_is_completed(terminal: Terminal) -> None:
    for line, arguments in TYPED.items():
        assert terminal.completed(line) == arguments, line


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")
def test_fish_completes(there: Path) -> None:
    def offered(line: str) -> list[str]:
        command = "command sbv2 completion fish | source; complete -C $argv[1]"
        result = subprocess.run(
            ["fish", "--no-config", "-c", command, line], capture_output=True, text=True, check=True
        )
        assert result.stderr == ""
        return [row.split("\t")[0] for row in result.stdout.splitlines()]

    assert offered("sbv2 say -m ke") == ["ken"]
    assert offered("sbv2 say -m tw") == ["two words"]
    assert offered("sbv2 render lines.csv --select mood=g") == ["mood=glad"]
    assert offered("sbv2 say -m hana --style Happy:0.5+S") == ["Happy:0.5+Sad"]
    assert offered("sbv2 render lin") == ["lines.csv"]
    assert "voices" in offered("sbv2 ")
