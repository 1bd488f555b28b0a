"""Names and texts that would steer a terminal are shown by every command, and obeyed by none."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import shell
from markdown_it import MarkdownIt
from stage import Result, Sbv2, script

from sbv2cli.cli.console import Console, OutputMode
from sbv2cli.cli.guard import guarded, json_text
from sbv2cli.cli.progress import Progress
from sbv2cli.cli.transfer import Transfer

# A title, a cleared screen, a colour by C1, DEL, a line end of C1, an override and an isolate of
# direction, a mark of it, a space without width, a tag.
EVIL = "\x1b]0;x\x07\x1b[2J\x9b31m\x7f\x85\u202eA\u2066B\u200e\u200b\U000e0041\x08\rE"
STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\U000e0001-\U000e007f]"
)


def clean(result: Result) -> Result:
    for stream in (result.data.decode(), result.talk):
        found = STEERS.search(stream)
        assert found is None, ascii(stream[max(0, found.start() - 80) : found.end() + 80])
    return result


def hostile_lines(words: tuple[str, ...], command: click.Command) -> Iterator[list[str]]:
    """A call for each option with a hostile value, and one with a hostile option."""
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    given = [f"./{EVIL}"] * len(arguments)
    if words == ("say",):
        given = ["-m", EVIL, *given]  # else it would be spoken
    yield [*words, *given, f"--{EVIL}"]
    if arguments:
        yield [*words, *given]
        yield [*words, *given, "--json"]
    for option in command.params:
        if isinstance(option, click.Option) and not option.is_flag and not option.count:
            yield [*words, *given, option.opts[-1], EVIL]


@pytest.mark.parametrize(
    ("words", "command"),
    [pytest.param(words, command, id=" ".join(words)) for words, command in shell.commands()],
)
def test_every_argument_and_option(
    sbv2: Sbv2, words: tuple[str, ...], command: click.Command
) -> None:
    for line in hostile_lines(words, command):
        clean(sbv2(*line))


@pytest.mark.parametrize(
    "words", [[EVIL], ["--json", EVIL], ["-c", EVIL, "doctor"], ["voices", EVIL]]
)
def test_words_that_are_no_command(sbv2: Sbv2, words: list[str]) -> None:
    assert clean(sbv2(*words)).status == 2


def test_variables(sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch) -> None:
    from sbv2cli.settings.keys import KEYS

    script("a.txt", "やあ。\n")
    for key in KEYS:
        with monkeypatch.context() as one:
            one.setenv(f"SBV2_{key.upper()}", EVIL)
            clean(sbv2("check", "a.txt", "--json"))
            clean(sbv2("doctor", "--settings"))


@pytest.fixture
def hostile(stage: Path) -> Path:
    """Scripts, settings, a dictionary and a voice in which everything is hostile."""
    name = f"声{EVIL}"
    shutil.copytree("voices/hana", f"voices/{name}")
    config = Path("voices", name, "config.json")
    fields = json.loads(config.read_text())
    fields["model_name"] = fields["version_of"] = EVIL
    fields["data"]["spk2id"] = {EVIL: 0, f"b{EVIL}": 1}
    fields["data"]["style2id"] = {"Neutral": 0, EVIL: 1, f"c{EVIL}": 2}
    config.write_text(json.dumps(fields))
    cells = [
        ("id", "text", "character", "voice", "style", f"note{EVIL}"),
        (f"a{EVIL}", f"やあ{EVIL}。", f"太郎{EVIL}", "", "", EVIL),
        (f"b{EVIL}", "はい。", "", name, EVIL, EVIL),
        (f"c{EVIL}", "はい。", "", EVIL, "", EVIL),
        (f"d{EVIL}", EVIL, "", "", "", EVIL),
    ]
    text = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in cells)
    Path(f"l{EVIL}.csv").write_text(text, encoding="utf-8", newline="")
    good = "".join(",".join(f'"{cell}"' for cell in row[:3]) + "\n" for row in cells[:3])
    Path("good.csv").write_text(good, encoding="utf-8", newline="")
    Path("d.csv").write_text(f"{EVIL},,,,名詞,固有名詞,一般,*,*,*,{EVIL},x,x,1/1,*\n", newline="")
    Path("t.toml").write_text(f'[defaults]\nspeed = "{json_text(EVIL)[1:-1]}"\n')
    Path("u.toml").write_text(f"[{json_text(EVIL)}]\n{json_text(EVIL)} = 1\n")
    return stage


MODES = [(), ("--json",), ("-vv", "--progress", "json"), ("--log-file", "log")]


@pytest.mark.parametrize("mode", MODES, ids=" ".join)
def test_scripts_and_voices(sbv2: Sbv2, hostile: Path, mode: tuple[str, ...]) -> None:
    evil, voice = f"l{EVIL}.csv", f"voices/声{EVIL}"
    for line in [
        ("check", evil),
        ("check", evil, "--show", "readings"),
        ("check", evil, "--show", "plan"),
        ("check", "good.csv", "-d", "d.csv"),
        ("check", "good.csv", "-c", "t.toml"),
        ("check", "good.csv", "-c", "u.toml"),
        ("render", evil, "-m", "hana"),
        ("render", "good.csv", "-m", "hana", "--dry-run"),
        ("render", "good.csv", "-m", "hana", "--select", EVIL),
        ("import", evil, "-o", f"i{EVIL}.csv"),
        ("voices", "list"),
        ("voices", "show", voice),
        ("voices", "verify", voice),
        ("say", "はい。", "-m", voice, "-o", f"{EVIL}.wav"),
        ("say", "はい。", "-m", voice, "-s", EVIL, "-o", "s.wav"),
    ]:
        clean(sbv2(*line, *mode))
    if "--log-file" in mode:
        assert not STEERS.search(Path("log").read_text(encoding="utf-8"))


@pytest.mark.parametrize("mode", MODES, ids=" ".join)
def test_a_folder_and_what_is_made_of_it(sbv2: Sbv2, hostile: Path, mode: tuple[str, ...]) -> None:
    out = f"o{EVIL}"
    made = clean(sbv2("render", "good.csv", "-m", f"voices/声{EVIL}", "-o", out, *mode))
    assert made.status == 0, made.talk
    Path("good.csv").write_text("id,text\n" + f'"a{EVIL}","やあ。"\n')
    for line in [
        ("render", "good.csv", "-m", f"voices/声{EVIL}", "-o", out, "--print", "json"),
        ("render", "good.csv", "-m", f"voices/声{EVIL}", "-o", out, "--print", "id"),
        ("render", "good.csv", "-m", f"voices/声{EVIL}", "-o", out, "--prune", "delete"),
        ("join", f"{out}/manifest.jsonl", "-o", f"j{EVIL}.wav"),
        ("export", f"{out}/manifest.jsonl", "-o", f"e{EVIL}"),
        ("proof", out),
        ("check", f"{out}/manifest.jsonl"),
    ]:
        clean(sbv2(*line, *mode))
    changes = Path(out, "changes.md").read_text(encoding="utf-8")
    assert "Deleted" in changes
    assert not STEERS.search(changes)


@pytest.mark.parametrize("error", [None, RuntimeError(EVIL)])
def test_what_others_print(
    sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    """A library that warns, and a bug that quotes what it met."""

    def meets(*_: object, **__: object) -> None:
        sys.stdout.write(EVIL)
        warnings.warn(EVIL, stacklevel=1)
        click.echo(EVIL, err=True)
        if error is not None:
            raise error

    monkeypatch.setattr("sbv2cli.cli.console.Console.table", meets)
    clean(sbv2("doctor"))
    monkeypatch.setenv("SBV2_TRACEBACK", "1")
    clean(sbv2("doctor"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_our_colours_and_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setattr("sys.stderr", Terminal())
    with guarded():
        console = Console(OutputMode(color="always"), environment={"TERM": "xterm"})
        console.error(EVIL)
        console.table(["a"], [[EVIL]], title=f"[red]{EVIL}")
        console.summary(["a"], [[EVIL]])
        with Progress(style="bar", stream=console.stderr, what=EVIL) as progress:
            progress.stage(EVIL)
            progress.warning(EVIL)
        with Transfer(console, 3, what=EVIL) as transfer:
            transfer(3)
    shown = sys.stdout.getvalue() + sys.stderr.getvalue()
    assert "\x1b[31m" in shown
    assert "[red]" in shown
    ours = re.sub(r"\x1b\[[0-9;]*m|\x1b\[A|\x1b\[K|\r", "", shown)
    assert not STEERS.search(ours), ascii(ours)


def test_json_stays_json() -> None:
    text = json_text({"a": f"{EVIL}\ud800"})
    assert not STEERS.search(text)
    assert json.loads(text) == {"a": f"{EVIL}\ud800"}


def test_changes_are_text_and_no_markup(sbv2: Sbv2) -> None:
    """A parser of Markdown that others wrote finds cells of text and nothing else."""
    evil = "<script>x</script>[a](javascript:b)![c](http://d)`e`**f**|g&lt;<img src=x>"
    script("l.csv", f'id,text\n"a{evil}","やあ。"\n"b{evil}","はい。"\n')
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    script("l.csv", f'id,text\n"c{evil}","やあ。"\n')
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = parser.parse(Path("out/changes.md").read_text(encoding="utf-8"))
    cells = [inner for token in tokens for inner in token.children or ()]
    assert {cell.type for cell in cells} <= {"text", "text_special"}
    assert any(evil.partition("<")[0] in cell.content for cell in cells)
    blocks = [token.content for token in tokens if token.type in {"html_block", "fence"}]
    assert blocks == ["<!-- sbv2 changes/1 -->\n"]
