"""Real files of every kind that is read, small enough to be read a thousand times a second."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import docx

from sbv2cli.readers import READERS
from sbv2cli.writers.tables import write_xlsx
from tools.storm.made import ROOT  # and the folder of the tests

import made_epub  # isort: skip
import tiny_glow  # isort: skip
import tiny_mel_voice  # isort: skip
import tiny_voice  # isort: skip

DATA = ROOT / "tests" / "data"
_SHEET = "id,text,reading,character,speed,style,pause_after,chapter,skip,take,file\n"
_ROWS = (
    "a1,橋を渡る。,ハ'シオ/ワタル。,花子,1.2,Happy:0.5,300ms,1,,,x/a\n"
    "a2,｜東京《とうきょう》へ。,,太郎,,,1s,一,no,2,\n"
)
TEXTS: dict[str, tuple[str, ...]] = {
    "text": ("山と川。\n\n# 第一章\n「海だ」と彼は言った。\n空《そら》も見える。\n",),
    "manifest": (
        (
            '{"type":"job","schema":"sbv2.manifest/1"}\n'
            '{"type":"line","id":"a","n":1,"status":"ok","file":"a.wav","text":"山。","lang":"ja",'
            '"source":{"path":"s.csv","line":2},"duration":1.5,"bytes":44,"warnings":[{"code":'
            '"a.b","message":"x","at":[0,1]}],"settings":{"speed":1.0}}\n'
            '{"type":"summary","ok":1}\n'
        ),
    ),
    "voicevox": ("ずんだもん,こんにちは。\n四国めたん（ノーマル）,はい。\n",),
    "godot": ("keys,ja,en\nHELLO,やあ。,Hello.\nBYE,またね。,Bye.\n",),
    "unreal": ("Key,SourceString,Comment\nHello,やあ。,x\n",),
    "po": (
        (
            'msgid ""\nmsgstr ""\n"Language: ja\\n"\n\n#: a.cpp:1\nmsgctxt "a"\nmsgid "Hi"\n'
            'msgstr "やあ。"\n'
        ),
    ),
    "ssml": (
        (
            '<?xml version="1.0"?><speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis"'
            ' xml:lang="ja"><p><s>橋<break time="300ms"/>を<sub alias="わたる">渡る</sub>。</s>'
            '<s><prosody rate="120%" pitch="+2st">はい</prosody><mark name="m"/></s></p>'
            '<voice name="hana"><phoneme alphabet="x" ph="a">い</phoneme></voice></speak>'
        ),
    ),
    "jsonl": ('{"id":"a","text":"山。","speed":1.2,"style":{"Happy":0.5}}\n"海。"\n',),
    "json": ('{"lines":[{"id":"a","text":"山。","ruby":[{"start":0,"end":1,"reading":"やま"}]}]}',),
    "piper": ('{"text":"山。","speaker":"hana","output_file":"a.wav"}\n',),
    "kakuyomi": ("｜山《やま》と《《傍点》》。\n",),
    "pixiv": ("[chapter:山]\n[[rb:川 > かわ]]と[newpage][[jumpuri:海 > https://a.jp]]。\n",),
    "narou": ("山《やま》と|川《かわ》。\n\n「海」\n",),
    "html": (
        (
            '<html lang="ja"><body><h1>山<ruby>川<rt>かわ</rt></ruby></h1><p>海。<br>空。</p>'
            "</body></html>"
        ),
    ),
    "markdown": ("# 山\n\n*海*と[空](x)。\n\n- {川|かわ}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",),
    "csv": (_SHEET + _ROWS,),
    "tsv": ((_SHEET + _ROWS).replace(",", "\t"),),
    "renpy-translation": (
        '# game/script.rpy:9\ntranslate ja start_1:\n\n    # e "Hi."\n    e "やあ。{w}[name]"\n',
    ),
}
FILES: dict[str, tuple[str, ...]] = {
    "renpy": ("games/renpy/o2a2-2023.dialogue.tab",),
    "renpy-translation": ("games/renpy/indepth_text.ja.rpy",),
    "yarn": ("games/yarn/TestYarnProject-Strings.csv", "games/yarn/VisualNovel_ja.csv"),
    "unity": ("games/unity/StringTable.csv",),
    "ink": ("games/ink/strings.json", "games/ink/strings.csv"),
    "utage": ("scripts/utage/lighthouse.csv",),
    "tyrano": ("games/tyrano/e01_c01.ks", "games/tyrano/metan.ks"),
    "naninovel": ("scripts/naninovel/Lighthouse.nani",),
    "naninovel-translation": ("scripts/naninovel/ja/Lighthouse.txt",),
    "rpg-maker": (
        "scripts/rpgmaker/Map001.json",
        "scripts/rpgmaker/Troops.json",
        "scripts/rpgmaker/CommonEvents.json",
        "scripts/rpgmaker/Actors.json",
    ),
    "aozora": ("aozora/460_ruby.txt", "aozora/1567_ruby_4948.txt", "aozora/127_ruby_150.txt"),
    "html": ("aozora/127_ruby_150.html",),
    "text": ("aozora/460_ruby.txt",),
    "excel": ("scripts/utage/lighthouse.xls", "sheets/recording.xls", "documents/calc.ods"),
    "docx": ("documents/writer.docx",),
    "odt": ("documents/writer.odt",),
    "kakuyomi": ("webnovel/kakuyomi-cases.json",),
}

_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "style", "table", "draw")
)
_ODT = (
    '<?xml version="1.0" encoding="UTF-8"?><office:{root} ' + _SPACES + "><office:automatic-styles>"
    '<style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/>'
    "</style:style></office:automatic-styles><office:body><office:text>"
    '<text:h text:outline-level="1">山</text:h><text:p>'
    "<text:ruby><text:ruby-base>川</text:ruby-base><text:ruby-text>かわ</text:ruby-text></text:ruby>"
    '<text:s text:c="2"/>と<text:span text:style-name="T1">隠し</text:span>海。'
    "<text:line-break/>空。"
    "<draw:frame><draw:text-box><text:p>箱。</text:p></draw:text-box></draw:frame>"
    '<text:note text:note-class="footnote"><text:note-body><text:p>注。</text:p></text:note-body>'
    "</text:note></text:p><table:table><table:table-row><table:table-cell><text:p>星</text:p>"
    "</table:table-cell></table:table-row></table:table></office:text></office:body>"
    "</office:{root}>"
)


def of_readers() -> dict[str, list[bytes]]:
    """Samples of each format."""
    found: dict[str, list[bytes]] = {name: [] for name in READERS}
    for name, texts in TEXTS.items():
        found[name] += [text.encode() for text in texts]
    for name, paths in FILES.items():
        found[name] += [(DATA / path).read_bytes() for path in paths]
    pages = {
        "a.xhtml": "<h1>山</h1><p><ruby>川<rt>かわ</rt></ruby>。</p>",
        "b.xhtml": "<p>海。</p>",
    }
    found["epub"].append(made_epub.epub(pages).getvalue())
    found["docx"].append(_document())
    found["odt"] += [
        _ODT.replace("{root}", "document").encode(),
        made_epub.zipped(
            {
                "mimetype": "application/vnd.oasis.opendocument.text",
                "content.xml": _ODT.replace("{root}", "document-content"),
            }
        ).getvalue(),
    ]
    table = io.BytesIO()
    rows = [{"id": "a", "text": "山。", "speed": 1.5}, {"id": "b", "text": "海。", "speed": ""}]
    write_xlsx(rows, ("id", "text", "speed"), table)
    found["excel"].append(table.getvalue())
    missing = [name for name, samples in found.items() if not samples]
    assert not missing, missing
    return found


def _document() -> bytes:
    document = docx.Document()
    document.add_heading("山")
    document.add_paragraph("川と海。")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def voices(folder: Path) -> dict[str, Path]:
    """A voice of each family."""
    return {
        "sbv2": tiny_voice.write(folder / "sbv2", seed=1),
        "sbv2-multilingual": tiny_voice.write(folder / "multilingual", seed=1, version="2.0"),
        "vits": tiny_voice.write_vits(folder / "vits", speakers=2),
        "glow-tts": tiny_glow.write(folder / "glow"),
        "coqui-glow-tts": tiny_glow.write_coqui(folder / "coqui"),
        "grad-tts": tiny_mel_voice.write_grad_tts(folder / "grad"),
        "diff-tts": tiny_mel_voice.write_diff_tts(folder / "diff"),
    }


def configs(folder: Path) -> dict[str, list[Any]]:
    """The configurations of those voices, and of the vocoders beside them."""
    found: dict[str, list[Any]] = {"voice config": [], "vocoder config": []}
    for voice in voices(folder).values():
        found["voice config"].append(json.loads((voice / "config.json").read_text("utf-8")))
        beside = voice / "vocoder" / "config.json"
        if beside.is_file():
            found["vocoder config"].append(json.loads(beside.read_text("utf-8")))
    built_in = ROOT / "sbv2cli" / "voices" / "builtin" / "sbv2-f01" / "config.json"
    found["voice config"].append(json.loads(built_in.read_text("utf-8")))
    return found
