"""`sbv2 check` as a user sees it: whole outputs, statuses, streams."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sbv2cli.cli.guard import json_text
from sbv2cli.cli.main import main

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty folder and home, so that no settings of the machine count."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command line: (status, stdout, stderr)."""

    def run(*arguments, stdin=None):
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return caught.value.code, said.out, said.err

    return run


def write(name, text):
    Path(name).write_text(text, encoding="utf-8")


def test_readings_and_findings_of_each_line(run):
    write("a.csv", "id,キャラ,セリフ,速度\na,太郎,今日は晴れだ。,1.2\nb,花子,やあ,fast\n")
    assert run("check", "a.csv") == (
        3,
        (
            "a.csv:2:6\ta\t太郎\t今日は晴れだ。\tキョ'ーワ/ハレ'ダ。\n"
            "a.csv:3:6\tb\t花子\tやあ\tヤ'ー\n"
            'a.csv:3:9: setting.speed error speed is "fast", which is not a number\n'
            "  hint: write a factor, such as 1.2, 120% or +20%\n"
        ),
        "2 lines, 2 characters, 1 error\n",
    )


def test_a_text_from_stdin(run):
    expected = (
        0, "<stdin>:1:1\tline-0001\t\t晴れ\tハレ\n", "1 line, nothing to fix\n",
    )  # fmt: skip
    assert run("check", stdin="晴れ\n".encode()) == expected
    assert run("check", "-", stdin="晴れ\n".encode("utf-8-sig")) == expected


def test_findings_alone_and_what_they_fail_on(run):
    write("a.ssml", "<speak><s><blink>晴れ</blink></s></speak>")
    found = "a.ssml:1:11: ssml.element-unknown warning <blink> is not known; its text is spoken\n"
    assert run("check", "a.ssml", "--show", "findings") == (0, found, "1 line, 1 warning\n")
    assert run("check", "a.ssml", "--show", "findings", "--fail-on", "warning")[0] == 3
    assert run("check", "a.ssml", "--show", "findings", "--fail-on", "note", "-q") == (3, found, "")


def test_the_plan(run):
    status, out, err = run(
        "check", SAMPLES / "lines.csv", "--cast", SAMPLES / "cast.toml", "--show", "plan"
    )
    rows = [row.split("\t") for row in out.splitlines()]
    assert (status, len(rows), err) == (0, 40, "40 lines, 4 characters, nothing to fix\n")
    assert rows[4][1:8] == ["d005", "琴音", "", "", "0.95", "-0.5st", "1"]
    assert rows[3][1:8] == ["d004", "陽太", "", "", "1.05", "-1st", "1"]


def test_json(run):
    write("a.jsonl", '{"id": "a", "text": "箸", "reading": "ハ\'シ"}\n{"id": "b", "text": ""}\n')
    status, out, err = run("check", "a.jsonl", "--json")
    found = json.loads(out)
    assert (status, err) == (0, "2 lines, 1 skipped, 1 note\n")
    assert {key: found[key] for key in ("schema", "command", "ok", "status", "findings")} == {
        "schema": "sbv2.result/1",
        "command": "check",
        "ok": True,
        "status": 0,
        "findings": [
            {
                "path": "a.jsonl", "line": 2, "col": 1, "id": "b", "code": "script.text-empty",
                "severity": "note", "message": "there is nothing to say; the line is skipped",
                "span": None, "hint": None,
            }
        ],
    }  # fmt: skip
    assert found["lines"][0]["kana"] == "ハ'シ"
    assert found["lines"][1]["reading"] is None
    assert found["summary"]["notes"] == 1


def test_a_corrected_reading_document_is_accepted_again(run):
    write("a.txt", "橋を渡る。")
    _, out, _ = run("--json", "check", "a.txt")
    reading = json.loads(out)["lines"][0]["reading"]
    reading["kana"] = "ハ'シヲ/ワタル。"
    write("b.jsonl", json.dumps({"text": "橋を渡る。", "reading": reading}))
    _, out, _ = run("check", "b.jsonl")
    assert out.split("\t")[-1] == "ハ'シヲ/ワタル。\n"


def test_errors_of_the_script_end_with_2(run):
    write("a.csv", 'id,text\na,"やあ\n')
    error = (
        "error[script.quote-open]: the quote that opens here is never closed\n"
        "  at: a.csv:2:3\n"
        '  hint: close it, or double a quote that is meant as a character: ""\n'
    )
    assert run("check", "a.csv") == (2, "", error)
    status, out, err = run("check", "a.csv", "--json")
    assert (status, err) == (2, error)
    assert json.loads(out)["error"] == {
        "code": "script.quote-open",
        "message": "the quote that opens here is never closed",
        "at": "a.csv:2:3",
        "hint": 'close it, or double a quote that is meant as a character: ""',
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv"], "error[script.missing]: cannot read the script: no such file or directory"),
        (["a.txt", "--from", "cvs"], 'error[format.unknown]: there is no format "cvs"'),
        (["a.txt", "--cast", "none.toml"], "error[config.missing]: cannot read the file"),
        (["a.txt", "--column", "text"], 'error[usage.column]: --column is "text"'),
        (["a.txt", "--column", "txet=A"], 'error[usage.column]: there is no line key "txet"'),
        (["a.txt", "-q", "-v"], "error[usage.quiet-verbose]"),
        (["a.txt", "-j", "0"], "error[setting.threads]: threads is 0; counting begins at 1"),
        (["a.txt", "--encoding", "klingon"], "error[script.encoding-unknown]"),
    ],
)
def test_wrong_usage_ends_with_2(run, arguments, message):
    write("a.txt", "晴れ")
    status, out, err = run("check", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(message)


def test_an_unknown_option_names_the_nearest(run):
    status, out, err = run("check", "--shwo", "plan")
    assert (status, out) == (2, "")
    assert "No such option '--shwo'" in err or "No such option: --shwo" in err
    assert "--show" in err


def test_an_unknown_character(run):
    write("a.csv", "character,text\n太郎,晴れ\n次郎,雨\n")
    write("sbv2.toml", '[cast."太郎"]\nspeed = 1.1\n')
    status, out, _ = run("check", "a.csv", "--show", "findings")
    assert (status, out) == (
        3,
        'a.csv:3:4: cast.unknown error the cast has no character "次郎"\n  hint: known: "太郎"\n',
    )
    assert run("check", "a.csv", "--no-config", "--show", "findings")[:2] == (0, "")


def test_settings_and_dictionary_are_used(run):
    write("names.csv", "汐風,シオカゼ,2\n")
    write("sbv2.toml", '[defaults]\ndict = ["names.csv"]\n')
    write("a.txt", "汐風\n")
    assert run("check", "a.txt")[1].split("\t")[-1] == "シオ'カゼ\n"


def test_dictionaries_are_examined(run):
    write("names.csv", "汐風,シオカゼ,2\n汐風,ウシオカゼ,3\nは,ワ\n")
    write("a.txt", "汐風\n")
    status, out, _ = run("check", "a.txt", "--dict", "names.csv", "--fail-on", "warning")
    assert (status, out) == (
        3,
        (
            'names.csv:1: dictionary.duplicate warning "汐風" is given again at names.csv:2; '
            "ウシオカゼ is used, not シオカゼ\n"
            'names.csv:3: dictionary.broad warning "は" is one kana and changes every word that '
            "has it\n"
            "a.txt:1:1\ta-0001\t\t汐風\tウシオ'カゼ\n"
        ),
    )


def test_a_missing_dictionary_is_named_as_every_file_is(run):
    write("a.txt", "汐風\n")
    status, _, err = run("check", "a.txt", "--dict", "none.csv")
    assert (status, err) == (
        2,
        (
            "error[dictionary.missing]: cannot read the file: no such file or directory\n"
            "  at: none.csv\n"
            "  hint: check the path given with --dict\n"
        ),
    )


def test_a_wrong_row_of_a_dictionary_is_named(run):
    write("names.csv", "汐風,シオカゼ,9\n")
    write("a.txt", "汐風\n")
    status, _, err = run("check", "a.txt", "--dict", "names.csv")
    assert (status, err) == (
        2,
        (
            'error[dictionary.accent]: the accent 9 of "汐風" is not between 0 and 4, its moras\n'
            "  at: names.csv:1\n"
            "  hint: give a number from 0 to 4\n"
        ),
    )


def test_an_empty_script_is_a_warning(run):
    write("a.txt", "\n")
    assert run("check", "a.txt") == (
        0, "a.txt:1: script.empty warning the script has no lines\n",
        "0 lines, 1 warning\n",
    )  # fmt: skip


def test_colour_when_it_is_asked_for(run):
    write("a.csv", "text,speed\n晴れ,fast\n")
    assert "\x1b[31m" in run("check", "a.csv", "--color", "always")[1]
    assert "\x1b" not in run("check", "a.csv")[1]
    assert "\x1b[31m" in run("--color", "always", "check", "a.csv", "--show", "findings")[1]


@pytest.mark.parametrize("name", ["story.txt", "lines.csv", "announcement.ssml", "lines.jsonl"])
def test_every_sample_passes(run, name):
    status, out, err = run(
        "check", SAMPLES / name, "--dict", SAMPLES / "dictionary.csv", "--fail-on", "note",
        "--show", "findings",
    )  # fmt: skip
    assert (status, out) == (0, ""), err


def test_many_lines_are_read_across_processes_in_order(run, monkeypatch):
    monkeypatch.setattr("sbv2cli.languages.pool.CHUNK", 4)
    from sbv2cli.languages.language import ReadOptions
    from sbv2cli.languages.pool import Request, read_all

    texts = [f"{n}番目の行。" if n % 5 else "" for n in range(30)]

    def request_of(text):
        return Request(text=text, language="ja") if text else None

    alone = list(read_all(texts, request_of, ReadOptions(), processes=1))
    across = list(read_all(texts, request_of, ReadOptions(), processes=2, worth=10))
    assert [text for text, _ in across] == texts
    assert across == alone
    assert across[0][1] is None
    assert across[1][1].reading.text == "1番目の行。"


def test_json_is_written_as_json_itself_writes_it(run):
    rows = [
        {
            "text": "山の\u3000「月」が\\出た\u202e\x7f。",
            "character": "\x1b[31m太郎",
            "speed": 1.25,
        },
        {"text": "東京に行く。", "ruby": [{"start": 0, "end": 2, "reading": "とうけい"}]},
        {"text": 'Hello "there".', "lang": "xx"},
        {"text": "今日は。", "reading": "キョ'ーワ'/"},
        {"text": "記号。", "reading": 'symbols: h ə ␣ "'},
        {"text": "สวัสดีと言う😀。"},
        {"text": ""},
        {"text": "東京だ。", "skip": True},
    ]
    write("a.jsonl", "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
    status, out, _ = run("check", "a.jsonl", "--json")
    document = json.loads(out)
    assert status == 3
    assert out == f"{json_text(document)}\n"
    lines = document["lines"]
    assert [line["text"] for line in lines] == [row["text"] for row in rows]
    assert [line["reading"] is None for line in lines] == [line["kana"] is None for line in lines]
    assert [line["kana"] is None for line in lines] == [
        False,
        False,
        True,
        True,
        *[False] * 2,
        True,
        True,
    ]
    assert list(lines[1]) == [
        "id", "n", "text", "ruby", "lang", "character", "kana", "reading", "delivery", "about_s",
        "skip", "source",
    ]  # fmt: skip
    assert lines[1]["kana"] == lines[1]["reading"]["kana"]
    assert list(lines[0]["reading"]) == [
        "format", "version", "language", "text", "normalised", "model_text", "kana", "phones",
        "tones", "phones_per_token", "words", "findings",
    ]  # fmt: skip


def test_json_of_many_lines_is_the_same_from_one_process_and_from_two(run, monkeypatch):
    monkeypatch.setattr("sbv2cli.languages.pool.CHUNK", 4)
    monkeypatch.setattr(
        "sbv2cli.languages.pool.make_all.__kwdefaults__", {"processes": None, "worth": 10}
    )
    write("a.txt", "".join(f"{n}番目の行、「山」。\n" for n in range(30)))
    one = run("check", "a.txt", "--json", "--threads", "1")
    two = run("check", "a.txt", "--json", "--threads", "2")
    assert one == two
    assert len(json.loads(one[1])["lines"]) == 30


def test_an_unknown_language_is_an_answer():
    from sbv2cli.languages.language import ReadOptions
    from sbv2cli.languages.pool import Request, answer

    found = answer(Request(text="a", language="xx"), ReadOptions())
    assert found.error.code == "language.unknown"


HELP_IMPORTS_NOTHING = """
import contextlib, io, sys
from sbv2cli.cli.guard import json_text
from sbv2cli.cli.main import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as out:
    main({arguments!r})
heavy = {{"torch", "numpy", "rich", "tqdm", "transformers", "pyopenjtalk"}} & set(sys.modules)
assert not heavy, heavy
assert "Usage: sbv2" in out.getvalue()
"""


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    program = HELP_IMPORTS_NOTHING.format(arguments=arguments)
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_reader_that_goes_away_ends_quietly_with_141():
    # More findings than a pipe holds, so that the writer meets the closed end for certain.
    write("a.csv", "text,speed,skip\n" + "晴れ,fast,yes\n" * 5000)
    program = [sys.executable, "-m", "sbv2cli", "check", "a.csv"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        error = process.stderr.read()
        process.wait()
    assert (process.returncode, error) == (141, b"")


def test_ruby_that_is_carried_is_told_and_written(run):
    write("b.txt", "竜胆《りんどう》が咲く。\n竜胆は頷《うなず》いた。\n頷く。\n")
    status, out, _ = run("check", "b.txt")
    assert (status, "ruby-carried" in out) == (0, False)
    arguments = ("check", "b.txt", "--ruby", "carry", "--json", "--write-carried", "words.csv")
    status, out, _ = run(*arguments)
    report = json.loads(out)
    assert status == 0
    assert report["lines"][1]["carried"][0] == {"start": 0, "end": 2, "reading": "りんどう"}
    assert report["carried"] == [
        {"word": "竜胆", "reading": "りんどう", "count": 1, "at": "b.txt:1:1"},
        {"word": "頷", "reading": "うなず", "count": 1, "at": "b.txt:2:1"},
    ]
    assert [one["code"] for one in report["findings"]] == ["script.ruby-carried"]
    assert Path("words.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "竜胆,リンドー,,", "頷く,ウナズク,,",
    ]  # fmt: skip
    status, _, err = run(*arguments[:-3], *arguments[-2:])
    assert (status, "usage.file-exists" in err) == (2, True)


def test_help_leads_with_examples(run):
    status, out, _ = run("check", "--help")
    assert status == 0
    assert out.startswith(
        "Usage: sbv2 check [OPTIONS] [SCRIPTS]...\n"
        "\n"
        "  Show the readings of a script, and what to fix. Needs no voice.\n"
        "\n"
        "  Examples:\n"
        "    sbv2 check story.txt\n"
        "    sbv2 check lines.csv --cast cast.toml --show findings\n"
        "    sbv2 check lines.csv --show doubtful --dict names.csv\n"
        "    sbv2 check lines.csv --cast cast.toml -m amitaro --show findings\n"
        '    sbv2 check lines.csv --column text="Japanese(ja)" --dict names.csv\n'
        "    sbv2 check kokoro.txt --write-carried words.csv --show findings\n"
        '    echo "今日は晴れだ" | sbv2 check --json\n'
    )


def test_nobody_at_the_pipe_gets_help_and_2(run, monkeypatch):
    class Keyboard(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Keyboard())
    status, out, err = run("check")
    assert (status, out) == (2, "")
    assert err.startswith("Usage: sbv2 check")


def test_the_most_doubtful_lines_stand_first_with_the_way_to_set_them_right(run):
    write(
        "a.csv", "id,text\na,ありがとう、また来るよ。\nb,押谷が来る。\nc,この辛子は市場で買う。\n"
    )
    status, out, err = run("check", "a.csv", "--show", "doubtful")
    assert status == 0
    first = out.splitlines()[0].split("\t")
    assert (first[:2], first[3:5]) == (["a.csv:3:3", "b"], ["押谷", "オスダニ"])
    assert first[5].split()[0] == "オシタニ"
    assert "a second analysis of the sentence reads it otherwise" in first[6]
    assert first[7] == "dictionary: 押谷,オシタニ"
    assert err == "3 lines, nothing to fix\n"
    write("names.csv", "surface,reading\n押谷,オシタニ\n")
    _, out, _ = run("check", "a.csv", "--show", "doubtful", "--dict", "names.csv")
    assert "押谷" not in out


def test_doubts_as_json(run):
    write("a.csv", "id,text\na,押谷が来る。\nb,市場だ。\nc,はい。\n")
    status, out, _ = run("check", "a.csv", "--show", "doubtful", "--json")
    assert status == 0
    lines = json.loads(out)["lines"]
    assert [line["id"] for line in lines] == ["a", "b"]
    assert lines[0]["doubt"] > lines[1]["doubt"] > 0
    assert lines[1]["doubts"] == [
        {
            "surface": "市場",
            "span": [0, 2],
            "kana": "シジョー",
            "reasons": ["homograph"],
            "others": ["イチバ"],
            "weight": lines[1]["doubts"][0]["weight"],
            "because": ["it has several readings that are common"],
            "correction": "ruby: ｜市場《イチバ》",
        }
    ]


def test_a_word_whose_ruby_is_not_followed_is_shown(run):
    write("a.txt", "水面《みなも》が揺れる。\n")
    write("b.txt", "水面下の話だ。\n大人気《おとなげ》ない。\n彼は大人気だ。\n")
    _, out, _ = run("check", "a.txt", "b.txt", "--show", "doubtful", "--json")
    reasons = {
        doubt["surface"]: doubt["reasons"]
        for line in json.loads(out)["lines"]
        for doubt in line["doubts"]
    }
    assert "ruby-not-kept" in reasons["大人気"]


def test_doubts_are_not_asked_of_the_mode_compat(run):
    write("a.txt", "はい。\n")
    status, _, err = run("check", "a.txt", "--show", "doubtful", "--mode", "compat")
    assert status == 2
    assert "usage.doubtful" in err


def test_numbers_of_pages_are_told_by_every_command(sbv2, monkeypatch):
    page = "短い。\n\n- {} -\n\f"
    write("novel.txt", "".join(page.format(number) for number in range(1, 5)))
    told = "numbers of pages that are not spoken: 4, from 1 to 4"
    assert f"script.page-numbers note {told}" in sbv2("check", "novel.txt").out
    assert told in sbv2("render", "novel.txt", "-m", "hana", "--dry-run").talk
    monkeypatch.setenv("SBV2_MESSAGES", "ja")
    assert "読み上げないページ番号: 4 件（1 から 4）" in sbv2("check", "novel.txt").out
