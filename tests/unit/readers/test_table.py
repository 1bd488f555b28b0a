"""CSV and its relatives."""

from __future__ import annotations

import io

import pytest

from sbv2cli.errors import ScriptError
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.table import read, read_tsv


def lines(text, *, reader=read, encoding="utf-8", **options):
    return list(reader(io.BytesIO(text.encode(encoding)), "lines.csv", ReaderOptions(**options)))


def findings(line):
    return [(finding.code, str(finding.at), finding.message) for finding in line.findings]


def test_markup_in_a_table_of_no_tool_is_a_warning():
    tagged, plain, read_so, skipped = lines(
        "text,reading,skip\n<color=red>赤い</color>海,,\n[笑]やあ <3,,\n<b>海</b>,ウ'ミ,\n"
        "<b>海</b>,,yes\n"
    )
    assert findings(tagged) == [
        ("script.markup-spoken", "lines.csv:2:1",
         '"<color=red>" looks like markup and is spoken as it stands'),
    ]  # fmt: skip
    assert not any(line.findings for line in (plain, read_so, skipped))


def test_codes_without_words_of_game_tools_are_left_out():
    found = lines(
        "id,text\n"
        "a,\\C[2]赤い\\C[0]海だ。\\!\\.\\|\\^\n"
        "b,一行目。\\n二行目。<br>三行目。\\r\\n四行目。\n"
        "c,\\C[2]\\N[1]\\C[0]さん\n"
        "d,\\cself[10]と\\cdb[0:1:2]\n"
        "e,\\C[2]<b>海</b>\n"
        "f,\\^o^/\n"
    )
    texts = {line.id: line.text for line in found}
    assert texts["a"] == "赤い海だ。"
    assert texts["b"] == "一行目。\n二行目。\n三行目。\n四行目。"
    assert texts["f"] == "\\^o^/"
    told = {line.id: [code for code, _, _ in findings(line)] for line in found if line.findings}
    assert told == {
        "c": ["script.interpolation"],
        "d": ["script.interpolation"],
        "e": ["script.markup-spoken"],
    }
    assert findings(found[2])[0][2] == "\\N[1] is filled in by the game; the line is skipped"
    assert [line.id for line in found if line.skip] == ["c", "d"]


def test_a_direction_behind_the_speech_is_told():
    one, two, three = lines(
        "text,character\n「やあ」（小声で）,太郎\n「やあ」,太郎\n「やあ」（笑）と言う,太郎\n"
    )
    assert findings(one) == [
        ("script.remark-spoken", "lines.csv:2:1",
         "（小声で） behind the quotation is spoken as it stands"),
    ]  # fmt: skip
    assert not two.findings
    assert not three.findings


def test_characters_that_nobody_sees_make_no_other_name():
    (line,) = lines("id,text,character\na1\ufeff,や\u200bあ,太郎\u200b \n")
    assert (line.id, line.character, line.text) == ("a1", "太郎", "や\u200bあ")


def test_a_name_is_read_without_its_frame():
    found = lines(
        "id,character,text\na,【太郎】,一。\nb,太郎：,二。\nc,太郎,三。\nd,【】,四。\ne,A:B,五。\n"
        "f,：,六。\n"
    )
    assert [line.character for line in found] == ["太郎", "太郎", "太郎", "【】", "A:B", "："]


@pytest.mark.parametrize("name", ["---", "Name"])
def test_data_tables_of_unreal(name):
    first, second, third = lines(
        f"{name},Speaker,Dialogue\n"
        'Row_1,太郎,"NSLOCTEXT(""Game"", ""K1"", ""\\""やあ\\""。\\n次。"")"\n'
        'Row_2,花子,"INVTEXT(""うん"")"\n'
        'Row_3,花子,"LOCTABLE(""/Game/Lines"", ""K3"")"\n'
    )
    assert (first.id, first.character, first.text) == ("Row_1", "太郎", '"やあ"。\n次。')
    assert (second.id, second.text) == ("Row_2", "うん")
    assert [code for code, _, _ in findings(third)] == ["script.text-missing"]
    # Where nobody else is a speaker, a name is one.
    (line,) = lines("Name,Dialogue\n太郎,やあ。\n")
    assert (line.id_given, line.character) == (False, "太郎")


def test_an_id_that_names_a_file_is_its_name():
    one, two = lines("ボイスID,セリフ,ファイル名\ntr_001.wav,やあ。,\ntr_002.wav,うん。,x\n")
    assert (one.id, one.file, two.id, two.file) == ("tr_001.wav", "tr_001", "tr_002.wav", "x")


def test_messages_are_texts_and_other_sounds_have_suffixes_too():
    (line,) = lines("id,message,file\na,やあ。,voice/a.m4a\n")
    assert (line.text, line.file) == ("やあ。", "voice/a")


def test_titles_may_stand_above_the_header_and_it_may_come_again():
    header = "No.,話者,セリフ,\n"
    table = f"灯台の台本,,,\n,,収録,\n{header}1,太郎,やあ。,a\n{header}2,花子,うん。,b\n"
    found = lines(table)
    assert [(line.id, line.character, line.text) for line in found] == [
        ("1", "太郎", "やあ。"),
        ("2", "花子", "うん。"),
    ]
    assert str(found[0].source) == "lines.csv:4:6"
    assert [line.text for line in lines("text\nやあ\ntext\n")] == ["やあ", "text"]


def test_a_table_without_headers_is_told_to_have_some():
    # The first row would be lost if one of its cells were named as the header.
    for table in ("霊夢,やあ\n魔理沙,はい\n", "霊夢\tやあ\n"):
        with pytest.raises(ScriptError) as caught:
            lines(table)
        assert caught.value.hint.startswith("write a row of headers above it")
    with pytest.raises(ScriptError) as caught:
        lines("発言者,内容\n太郎,やあ\n")
    assert caught.value.hint.startswith("name it: ")


def test_a_header_of_two_rows():
    table = "No,キャラ,,台詞,\n,名前,表情,日本語,英語\n1,太郎,笑顔,やあ。,Hi.\n"
    (line,) = lines(table)
    assert (line.id, line.character, line.text) == ("1", "太郎", "やあ。")
    assert line.meta == {"表情": "笑顔", "英語": "Hi."}
    # A line may be called as a language is.
    first, _ = lines("No,キャラ,台詞\n1,太郎,日本語\n2,花子,英語\n")
    assert first.text == "日本語"


def test_bars_may_stand_between_cells():
    first, second = lines("ID|キャラ|セリフ\n1|太郎|やあ。\n2|花子|うん、まあ。\n")
    assert (first.id, first.character, first.text) == ("1", "太郎", "やあ。")
    assert second.text == "うん、まあ。"


def test_ditto_marks_mean_the_cell_above():
    found = lines(
        "話者,シーン,セリフ\n〃,,はい\n太郎,朝,はい\n〃,同上,〃\n″,夜,はい\n,〃,はい\n〃,,はい\n"
    )
    assert [(line.character, line.scene, line.text) for line in found] == [
        ("〃", None, "はい"),
        ("太郎", "朝", "はい"),
        ("太郎", "朝", "〃"),
        ("太郎", "夜", "はい"),
        (None, "夜", "はい"),
        (None, None, "はい"),
    ]


def test_every_key_has_its_column():
    (line,) = lines(
        "id,text,reading,lang,character,voice,speaker,style,style_weight,speed,pitch,intonation,"
        "volume,sdp_ratio,noise,noise_w,seed,take,assist_text,assist_weight,pause_before,"
        "pause_after,chapter,chapter_title,scene,file,skip,note\n"
        "a1,やあ,ヤ'ー,ja-JP,太郎,amitaro,two,Happy:0.8+Sad:0.2,1.5,120%,+2st,1.1,-3dB,0.3,0.5,0.7,"
        "42,3,嬉しい,0.7,100ms,0.4s,2,第二章,港,sub/a1.wav,no,memo\n"
    )
    said = line.delivery
    assert (line.id, line.id_given, line.text, line.reading) == ("a1", True, "やあ", "ヤ'ー")
    assert (line.language, line.character, line.chapter, line.chapter_title, line.scene) == (
        "ja", "太郎", 2, "第二章", "港",
    )  # fmt: skip
    assert (said.voice, said.speaker, said.style) == ("amitaro", "two", "Happy:0.8+Sad:0.2")
    assert (said.style_weight, said.speed, said.pitch, said.intonation) == (1.5, 1.2, 2.0, 1.1)
    assert (said.volume, said.sdp_ratio, said.noise, said.noise_w) == (-3.0, 0.3, 0.5, 0.7)
    assert (said.seed, said.take, said.assist_text, said.assist_weight) == (42, 3, "嬉しい", 0.7)
    assert (line.pause_before, line.pause_after) == (0.1, 0.4)
    assert (line.file, line.skip, line.meta, line.findings) == (
        "sub/a1",
        False,
        {"note": "memo"},
        (),
    )


@pytest.mark.parametrize(
    "header",
    [
        "番号,キャラ,セリフ,感情,速度,ファイル名",
        "ＩＤ,話者,台詞,スタイル,話速,ファイル",
        "Line ID,Character,Dialogue,Emotion,speed,AudioFileName",
        "key,Who,SourceString,STYLE,rate,output-file",
    ],
)
def test_headers_have_other_names(header):
    (line,) = lines(f"{header}\nx,太郎,やあ,Happy,1.5,y.wav\n")
    assert (line.id, line.character, line.text, line.file) == ("x", "太郎", "やあ", "y")
    assert (line.delivery.style, line.delivery.speed) == ("Happy", 1.5)


def test_the_habits_of_excel():
    written = 'sep=;\r\nid;text;pitch\r\n="0012";やあ;"\'+2st"\r\n;;\r\n13;"a;b";\r\n'
    for encoding in ("utf-8", "utf-8-sig", "cp932", "utf-16"):
        found = lines(written, encoding=encoding)
        assert [(line.id, line.text) for line in found] == [("0012", "やあ"), ("13", "a;b")]
        assert [line.delivery.pitch for line in found] == [2.0, None]
        assert [line.source.row for line in found] == [3, 5]


def test_rows_and_columns_are_those_of_the_file():
    found = lines('id,text\na,"一行目\n二行目 ""引用"""\n\nb,5" の釘\n')
    assert [line.text for line in found] == ['一行目\n二行目 "引用"', '5" の釘']
    assert [str(line.source) for line in found] == ["lines.csv:2:3", "lines.csv:5:3"]


def test_tabs_and_the_tsv_reader():
    assert lines("id\ttext\na\tや,あ\n")[0].text == "や,あ"
    assert lines("text\nや,あ\n", reader=read_tsv)[0].text == "や,あ"


def test_columns_that_nobody_knows_are_carried_along():
    assert lines("text,メモ,空\nやあ,大声,\n")[0].meta == {"メモ": "大声"}


def test_a_column_can_be_named():
    (line,) = lines("Key,Japanese(ja),text\na,やあ,hello\n", columns={"text": "Japanese(ja)"})
    assert (line.text, line.meta) == ("やあ", {"text": "hello"})
    with pytest.raises(ScriptError) as caught:
        lines("Key,Japanese(ja)\na,やあ\n", columns={"text": "japanes"})
    assert str(caught.value) == (
        'error[script.column-missing]: there is no column "japanes"\n'
        "  at: lines.csv:1\n"
        '  hint: did you mean "Japanese(ja)"?'
    )


def test_our_own_name_of_a_key_is_stronger_than_its_aliases():
    (line,) = lines("line,name,text,character\n7,foo,やあ,太郎\n")
    assert (line.text, line.character) == ("やあ", "太郎")
    assert line.meta == {"line": "7", "name": "foo"}


def test_a_table_without_text_is_an_error():
    with pytest.raises(ScriptError) as caught:
        lines("id,memo\na,b\n")
    assert caught.value.code == "script.text-column"
    assert caught.value.at == "lines.csv:1"


def test_an_open_quote_is_an_error_where_it_opens():
    with pytest.raises(ScriptError) as caught:
        lines('id,text\na,やあ\nb,"開いたまま\nc,次\n')
    assert str(caught.value) == (
        "error[script.quote-open]: the quote that opens here is never closed\n"
        "  at: lines.csv:3:3\n"
        '  hint: close it, or double a quote that is meant as a character: ""'
    )


def test_wrong_cells_are_findings_and_all_of_them_are_found():
    (first, second, third) = lines(
        "id,text,speed,pitch,pause_after,skip\n"
        "a,やあ,fast,+3Hz,9999,\n"
        'b,"や" あ,1,0,0,たぶん\n'
        "c,や,1,0,0,,余り\n"
    )
    assert findings(first) == [
        ("setting.speed", "lines.csv:2:6", 'speed is "fast", which is not a number'),
        ("setting.pitch", "lines.csv:2:11", 'pitch is "+3Hz"; the unit "hz" is not one of st, %'),
        ("setting.pause-after", "lines.csv:2:16", "pause_after is 9999, outside 0 to 60"),
    ]
    assert [code for code, _, _ in findings(second)] == ["script.quote-stray", "script.value"]
    assert findings(second)[0][1] == "lines.csv:3:6"
    assert second.text == "や あ"
    assert findings(third) == [
        ("script.row-wide", "lines.csv:4:3", "the row has 7 columns, the header 6")
    ]
    assert all(finding.severity == "error" for finding in first.findings + second.findings)


def test_a_row_too_short_for_its_text():
    (line,) = lines("id,character,text\na,太郎\n")
    assert [code for code, _, _ in findings(line)] == ["script.row-short"]


def test_speed_and_length_scale_exclude_each_other():
    (line,) = lines("text,speed,length_scale\nやあ,2,0.5\n")
    assert [code for code, _, _ in findings(line)] == ["setting.twice"]
    (line,) = lines("text,length_scale\nやあ,0.5\n")
    assert line.delivery.speed == 2.0
    (line,) = lines("text,length_scale\nやあ,0\n")
    assert findings(line)[0][2] == "length_scale is 0; a length is above 0"


def test_a_lone_speaker_is_the_character_too():
    (line,) = lines("text,speaker\nやあ,花子\n")
    assert (line.character, line.delivery.speaker) == ("花子", "花子")
    (line,) = lines("text,speaker_id\nやあ,3\n")
    assert (line.character, line.delivery.speaker) == (None, "3")


def test_a_million_characters_in_a_cell_is_a_finding():
    (line, other) = lines(f"id,text\na,{'あ' * 1_000_000}\nb,や\n")
    assert findings(line)[0][:2] == ("script.line-long", "lines.csv:2:3")
    assert other.findings == ()


def test_a_header_alone_or_nothing_gives_no_lines():
    assert lines("id,text\n") == lines("id,text\n,\n,\n") == lines("") == []


def test_a_nul_is_an_error_with_its_place():
    with pytest.raises(ScriptError) as caught:
        lines("id,text\na,や\0あ\n")
    assert caught.value.at == "lines.csv:2:4"


def test_headers_of_japanese_sheets_are_known():
    header = "No,台本No,キャラ名,ボイスファイル名,セリフ,演技指示,備考\n"
    rows = f"{header}1,A-7,太郎,v/a7.wav,やあ,笑って,朝\n"
    (line,) = read(io.BytesIO(rows.encode("cp932")), "sheet.csv")
    assert (line.id, line.character, line.file, line.text) == ("A-7", "太郎", "v/a7", "やあ")
    assert line.meta == {"No": "1", "演技指示": "笑って", "備考": "朝"}
    assert line.findings == ()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("text,話者(英語)", [("warning", "character")]),
        ("text,話者,話者(英語)", [("note", "character")]),
        ("text,mp3", [("warning", "file")]),
        ("text,ファイル名,旧ファイル名", [("note", "file")]),
        ("text,memo,備考,ト書き", []),
    ],
)
def test_a_header_that_looks_like_a_speaker_or_a_file_is_found(headers, expected):
    cells = ",".join("a" for _ in headers.split(","))
    first, second = read(io.BytesIO(f"{headers}\n{cells}\n{cells}\n".encode()), "a.csv")
    found = [
        (one.severity, one.hint.partition("--column ")[2].partition("=")[0])
        for one in first.findings
    ]
    assert found == expected
    assert all(one.code == "script.header-unused" and one.at.row == 1 for one in first.findings)
    assert second.findings == ()


def test_a_column_ruby_is_the_list_of_json_or_the_authors_own():
    first, second = lines(
        'text,ruby\n岬の灯台,"[{""start"": 0, ""end"": 1, ""reading"": ""みさき""}]"\n岬,みさき\n'
    )
    assert [(ruby.span, ruby.reading) for ruby in first.ruby] == [((0, 1), "みさき")]
    assert (second.ruby, second.meta) == ((), {"ruby": "みさき"})


def test_an_apostrophe_before_a_formula_is_no_part_of_the_text():
    texts = ["=1+1", "'=1+1", "+2", "＝１", "'ti's"]
    written = "".join(
        f'"{text}"\n' for text in ["text", "'=1+1", "''=1+1", "'+2", "'＝１", "'ti's"]
    )
    assert [line.text for line in lines(written)] == texts


def test_a_header_with_its_mark_is_carried_along_whatever_it_is_called():
    (line,) = lines("text,meta.file,meta.話者\nやあ,a.yarn,太郎\n")
    assert (line.file, line.meta) == (None, {"file": "a.yarn", "話者": "太郎"})
    assert not line.findings


HEADERS = {
    "character": "キャラ名 キャラクター名 話者名 発言者 役名 ｷｬﾗ名 人物名 Speaker_Name 話し手",
    "file": "ボイスファイル名 ボイスファイル 音声ファイル名 ﾌｧｲﾙ名 Voice_File WAVファイル名 ボイス",
    "id": "ボイスNo ボイス番号 ボイスID 台本No 通し番号 ＩＤ Voice-ID セリフNo. 収録番号 №",
    "text": "セリフ 台詞 本文 セリフ内容 台詞テキスト ﾃｷｽﾄ TEXT Line_Text",
    "reading": "読み ふりがな 読み仮名 ヨミガナ",
}
WANTED = {"character": "太郎", "file": "voice/v1", "id": "v1", "text": "やあ。", "reading": "ヤア"}
CELLS = WANTED | {"file": "voice/v1.wav"}


@pytest.mark.parametrize(
    ("key", "header"), [(key, name) for key, names in HEADERS.items() for name in names.split()]
)
def test_headers_of_japanese_sheets(key, header):
    other, said = ("備考", "memo") if key == "text" else ("セリフ", "やあ。")
    (line,) = lines(f"{header},{other}\n{CELLS[key]},{said}\n")
    found = getattr(line, key) or line.delivery.speaker
    assert found == WANTED[key]
    assert not line.findings


def test_remarks_of_japanese_sheets_are_carried_along():
    (line,) = lines("セリフ,演技指示,ト書き,備考\nやあ。,小声,走る,急ぎ\n")
    assert line.meta == {"演技指示": "小声", "ト書き": "走る", "備考": "急ぎ"}
    assert not line.findings


@pytest.mark.parametrize("header", ["キャラID", "話者コード", "語り手", "役者", "Voice Actor"])
def test_a_header_that_looks_like_a_speaker_and_is_not_used_is_a_finding(header):
    (line,) = lines(f"セリフ,{header}\nやあ。,太郎\n")
    (found,) = line.findings
    assert (found.code, found.severity) == ("script.header-unused", "warning")
    assert f'--column character="{header}"' in found.hint


SHEET = (
    "No.,キャラ,セリフ\r\n1,太郎,やあ\r\n2,,うん\r\n3,,はい\r\n4,花子,#REF!\r\n"
    '5,花子,"=A1&""が強い"""\r\n6,花子,"=""0012"""\r\n7,花子,=^_^=\r\n合計,,7\r\n8,花子,7\r\n'
)


def test_what_a_spreadsheet_leaves_in_a_table_is_told():
    found = lines(SHEET)
    assert [(line.id, line.text, line.skip) for line in found] == [
        ("1", "やあ", False),
        ("2", "うん", False),
        ("3", "はい", False),
        ("4", "#REF!", False),
        ("5", '=A1&"が強い"', False),
        ("6", "0012", False),
        ("7", "=^_^=", False),
        ("合計", "7", True),
        ("8", "7", False),
    ]
    told = {line.id: [(one.code, one.severity) for one in line.findings] for line in found}
    assert {name: said for name, said in told.items() if said} == {
        "2": [("script.character-blank", "note")],
        "4": [("script.formula", "error")],
        "5": [("script.formula", "error")],
        "合計": [("script.not-voiceable", "note")],
    }
    assert str(found[1].findings[0].at) == "lines.csv:3:3"


def test_narration_from_the_first_row_on_is_nobody_s_blank():
    assert not any(line.findings for line in lines("キャラ,セリフ\n,夜が来た。\n,朝が来た。\n"))
