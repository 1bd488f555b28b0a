"""Scenarios of TyranoScript and KAG."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.readers.tyrano import read


def lines(text):
    return list(read(io.BytesIO(text.encode()), "a.ks"))


def test_a_name_in_brackets_of_its_own_is_not_spoken():
    text = "*start\n【太郎】\n「やあ」[p]\n【花子】（ふう）[p]\n【大事】な夜が来た。[p]\n"
    found = list(read(io.BytesIO(text.encode()), "a.ks"))
    assert [(line.character, line.text) for line in found] == [
        ("太郎", "「やあ」"),
        ("花子", "（ふう）"),
        (None, "【大事】な夜が来た。"),
    ]


def test_tags_of_the_game_s_own_that_stand_alone_in_their_rows():
    messages = "".join(
        f'[talk name="{who}"]\n{said}\n二行目{end}\n[wait time="450"]\n[click_next]\n\n'
        for who, said, end in (("", "夜。", "。"), ("太郎", "やあ", ""), ("花子", "はい", "[l]"))
    )
    found = lines(
        f"[iscript]\nf.x = 1;\nf.y = 2;\n[endscript]\n{messages}"
        '[hide_all]\n[talk name="太郎"]\nさあ\n[click_next]\nええと\n[click_next]\n'
    )
    assert [(line.character, line.text) for line in found] == [
        (None, "夜。二行目。"),
        ("太郎", "やあ二行目"),
        ("花子", "はい二行目"),
        ("太郎", "さあ"),
        ("太郎", "ええと"),
    ]
    # Where the messages end with [p], a tag that often follows is none of these.
    usual = lines("あ\nい[p]\n[quake_now]\n" * 4 + "う\n[quake_now]\nえ[p]\n")
    assert [line.text for line in usual] == ["あい"] * 4 + ["うえ"]


def test_messages_end_where_the_game_waits_or_clears():
    found = lines(
        "*start|始まり\n"
        "[cm]\n"
        "#太郎\n"
        "やあ。[l][r]\n"
        "元気？[p]\n"
        "うん。\n"
        "#花子:smile\n"
        "はい。[er]いいえ。\n"
        "*next\n"
        "# \n"
        "夜が来た。[jump target=start]\n"
        "Hello,[r]\n"
        "world![s]\n"
    )
    assert [(line.character, line.text) for line in found] == [
        ("太郎", "やあ。元気？"),
        ("太郎", "うん。"),
        ("花子", "はい。"),
        ("花子", "いいえ。"),
        (None, "夜が来た。"),
        (None, "Hello, world!"),
    ]
    assert [str(line.source) for line in found][:2] == ["a.ks:4:1", "a.ks:6:1"]
    assert [line.id for line in found][:2] == ["a-0001", "a-0002"]


def test_what_is_no_message_is_not_spoken():
    found = lines(
        "; 注釈\n;[p]\n/*\n長い注釈[p]\n*/\n/* 短い */\n"
        "[iscript]\n// やあ[p]\nf.a = '[p]'; /* a */ f.b = 1\n# b\n[endscript]\n"
        "[macro name=hi]やあ[p][endmacro]\n"
        "@bg storage=room.jpg\n@p\n"
        "[ptext layer=1 text='題']\n"
        '[chara_mod name="taro" face="[x]"]本文。[p]\n'
    )
    assert [line.text for line in found] == ["本文。"]
    assert found[0].findings == ()


def test_ruby_stands_over_one_character():
    (line,) = lines('まさに[ruby text="エ"]翠[ruby text="メラルド"]緑の色[p]')
    assert line.text == "まさに翠緑の色"
    assert [(one.span, one.reading) for one in line.ruby] == [((3, 4), "エ"), ((4, 5), "メラルド")]
    (line,) = lines("本牧大[ruby text=カテドラル spacing=4]聖堂の[ruby text=なが]流川[p]")
    assert [(one.span, one.reading) for one in line.ruby] == [
        ((3, 5), "カテドラル"),
        ((6, 7), "なが"),
    ]


def test_the_voice_before_a_message_is_the_wish_for_its_file():
    found = lines(
        '[playse storage="se/door.ogg"][playse storage="voice/001.ogg" buf=1]\nやあ。[p]\n'
        "はい。[p]\n"
        '[if exp="f.a"]\n[playse storage=v/1.ogg]\n[else]\n[playse storage=v/2.ogg]\n[endif]\n'
        "うん。[p]\n"
        '[playse storage="&f.file"]\nいや。[p]\n'
    )
    assert [line.file for line in found] == ["voice/001", None, None, None]


def test_numbered_voices_of_a_character():
    found = lines(
        '[voconfig name="太郎" vostorage="taro_{number}.ogg" number=3]\n[vostart]\n'
        "#太郎\nやあ。[p]\nうん。[p]\n#花子\nはい。[p]\n#太郎\nまた。[p]\n[vostop]\n#太郎\nいや。[p]\n"
    )
    assert [line.file for line in found] == ["taro_3", None, None, "taro_4", None]


def test_numbered_voices_of_a_character_by_the_name_on_the_screen():
    # Scenarios define a character as in D10RAMA-VN/nitousei and write its name on the screen.
    found = lines(
        '[chara_new name="hokuto" jname="北斗" storage="a.png"]\n'
        '[voconfig name="hokuto" vostorage="hokuto_{number}.ogg" number=1]\n[vostart]\n'
        "#北斗\nやあ。[p]\n#hokuto\nうん。[p]\n"
    )
    assert [line.file for line in found] == ["hokuto_1", "hokuto_2"]


@pytest.mark.parametrize("between", ["", "\n"])
def test_a_variable_that_a_message_shows_is_a_value(between):
    (line,) = lines(f"聞きなさい。[emb exp='f.name']{between}は犯人よ。[p]\n")
    assert line.text == "聞きなさい。[emb exp='f.name']は犯人よ。"
    assert line.skip
    assert [one.code for one in line.findings] == ["script.interpolation"]


def test_a_macro_that_shows_a_value_is_one():
    found = lines(
        '[macro name="舜"]\n[emb exp="f.name"]\n[endmacro]\n'
        "#凪\n凪「私ね、[舜]ちゃんと一緒で楽しいの…」[p]\n[舜]「今は？」[p]\n"
    )
    assert [(line.character, line.skip) for line in found] == [("凪", True), ("舜", False)]
    assert [one.code for one in found[0].findings] == ["script.interpolation"]
    assert [line.text for line in found] == [
        "「私ね、[舜]ちゃんと一緒で楽しいの…」",
        "「今は？」",
    ]


@pytest.mark.parametrize(
    ("row", "character", "text"),
    [
        ("#凪\n凪「やあ」[p]", "凪", "「やあ」"),
        ('[chara_new name="nagi" jname="凪"]\n#nagi\n凪「やあ」[p]', "nagi", "「やあ」"),
        ('[chara_new name="nagi" jname="凪"]\n凪「やあ」[p]', "凪", "「やあ」"),
        ("#凪\n葵「やあ」と言った。[p]", "凪", "葵「やあ」と言った。"),
        ("立札「押すなよ」[p]", None, "立札「押すなよ」"),
        ('[名前 name="凪"]「やあ」[p]', "凪", "「やあ」"),
        ('[話者 n="凪"]「やあ」[p]', "凪", "「やあ」"),
        ('[凪 face="笑"]「やあ」[p]', "凪", "「やあ」"),
    ],
)
def test_a_name_before_a_quotation(row, character, text):
    (line,) = lines(row)
    assert (line.character, line.text) == (character, text)


def test_a_macro_of_another_file_that_ends_most_messages():
    found = lines(
        "#雪翔\n（父さん？）[vp]\n\nそれよりも。[vp]\n\n電話か？[ vp ]\n寒い[snow]\n日。[p]\n"
    )
    assert [line.text for line in found] == ["（父さん？）", "それよりも。", "電話か？", "寒い日。"]
    seldom = lines("寒い[snow]\n日[snow]\nだ[snow]\nね。[p]\nまだ[p]\nまた[p]\nいや[p]\n")
    assert [line.text for line in seldom] == ["寒い日だね。", "まだ", "また", "いや"]


@pytest.mark.parametrize(
    ("tag", "character", "file"),
    [
        ("[whosay name=磯野 color=dimgray]", "磯野", None),
        ('[name n="Guide" f=keeper_00]', "Guide", None),
        ('[vo v=&sf.葉月Vol s="2_0001"]', None, "2_0001"),
        ('[voice1 vf1="mizuka/2-4_1.ogg"]', None, "mizuka/2-4_1"),
        ('[vo s="&f.file"]', None, None),
        ("[   if exp='isHUM'][リム f=29]", "リム", None),
    ],
)
def test_tags_of_games_that_say_who_speaks_and_what_is_played(tag, character, file):
    before, line = (
        lines(f"前。[l]\n{tag}「やあ」[p]\n")[-2:]
        if character or file
        else (None, lines(f"{tag}「やあ」[p]\n")[0])
    )
    assert (line.character, line.file, line.text) == (character, file, "「やあ」")
    assert before is None or before.text == "前。"


def test_styles_that_have_an_end_are_no_words():
    (line,) = lines("変数[em]face_talk[endem]に[b blue]値[/b]を指定。[p]\n")
    assert (line.text, line.findings) == ("変数face_talkに値を指定。", ())
    (latin,) = lines("Outlaws in [b]Sapphire City[/b].[r]Run\naway.[p]\n")
    assert latin.text == "Outlaws in Sapphire City. Run away."


def test_a_name_that_has_spoken_is_one_among_words():
    _, line = lines("[マックス]「やあ」[p]\n「Hey, [マックス], look」[p]\n")
    assert [one.code for one in line.findings] == ["script.words-unknown"]


def test_words_of_one_case_behind_others():
    (line,) = lines('おい、[if exp="f.a"][else]また[endif]か。[p]\n')
    assert [one.code for one in line.findings] == ["script.words-unknown"]
    found = lines('あ。[p]\n[if exp="f.a"]\nい。[p]\n[endif]\nう。[p]\n')
    assert [line.findings for line in found] == [(), (), ()]


def test_brackets_that_are_no_tags_are_characters():
    found = lines("やあ[[p]\n。「と[[p]\n開いた[p\n")
    assert [line.text for line in found] == ["やあ[", "。「と[", "開いた[p"]


def test_macros_may_have_any_name_and_say_who_speaks():
    found = lines(
        '[桃子 eye="1"]「やあ。」[en]\n[桃子]「元気？」[en]\n@【黒狐】\nうん。\n@trans-l\n*|\n'
        '[【白狐】]\n[chara1.5 b="a"]\nはい。[p]\n私は[深呼吸]する。[p]\n'
    )
    assert [(line.character, line.text) for line in found] == [
        ("桃子", "「やあ。」"),
        ("桃子", "「元気？」"),
        ("黒狐", "うん。"),
        ("白狐", "はい。"),
        ("白狐", "私はする。"),
    ]
    assert [one.code for one in found[4].findings] == ["script.words-unknown"]


def test_what_a_macro_of_the_scenario_does_is_followed():
    found = lines(
        "[macro name=en][l][er][endmacro]\n"
        "[macro name=taro]\n[chara_mod name=taro]\n#太郎\n[endmacro]\n"
        "[macro name=hi]やあ[endmacro]\n[macro name=say][chara_ptext name=%who][endmacro]\n"
        "[macro name=ll][l][r][endmacro]\n"
        "[taro]\n一。[ll]\n二。[en]\n三。[en]\n[say who=花子]\n四。[hi][p]\n"
    )
    assert [(line.character, line.text) for line in found] == [
        ("太郎", "一。二。"),
        ("太郎", "三。"),
        ("花子", "四。"),
    ]
    assert [[one.code for one in line.findings] for line in found] == [
        [], [], ["script.words-unknown"],
    ]  # fmt: skip


def test_names_that_ptext_shows():
    found = lines(
        '[ptext name="chara_name_area" layer="message0" x=180]\n[chara_config ptext="who"]\n'
        '[ptext name="chara_name_area" text="太郎" overwrite=true]\nやあ。[p]\n'
        '[ptext name="who" text="花子"]\nはい。[p]\n[ptext name="title" text="題"]\nうん。[p]\n'
        '[chara_ptext name="次郎" face="smile"]\nおう。[p]\n'
    )
    assert [(line.character, line.text) for line in found] == [
        ("太郎", "やあ。"),
        ("花子", "はい。"),
        ("花子", "うん。"),
        ("次郎", "おう。"),
    ]


def test_choices_are_not_said():
    found = lines(
        "どうする？[p]\n[link target=*a]行く[endlink][r]\n[link target=*b]戻る[endlink]\n[s]\n"
        '[glink text="はい" target=*a]\n*a\n行った。[p]\n'
    )
    assert [line.text for line in found] == ["どうする？", "行った。"]


def test_words_that_depend_on_a_condition_are_found():
    (line,) = lines('[if exp="f.a"]昼[else]夜[endif]だ。[p]\n')
    assert line.text == "昼夜だ。"
    assert [one.code for one in line.findings] == ["script.words-unknown"]
    assert lines('[if exp="f.a"]\nやあ。[p]\n[else]\nはい。[p]\n[endif]\n')[1].findings == ()


def test_effects_do_not_name_files():
    found = lines(
        "[playse storage=door.ogg]\n一。[p]\n[playse storage=door.ogg]\n二。[p]\n"
        "[playse storage=SE04_chime.mp3][playse storage=hero/三.mp3 buf=1]\n三。[p]\n"
        "[playse storage=wind.ogg]\n[playse storage=hero/四.mp3]\n四。[p]\n"
    )
    assert [line.file for line in found] == [None, None, "hero/三", "hero/四"]
    few = lines(
        "[playse storage=wind.ogg]\n" + "一。[p]\n" * 20 + "[playse storage=vo/1.ogg]二。[p]"
    )
    assert [line.file for line in few if line.file] == ["vo/1"]


@pytest.mark.parametrize(
    "row",
    [
        "「やあ。[r][sp]元気？」[en]",
        "[sp]少し待つ。",
        "やあ。[k]",
        "さよなら[k]",
        "[quake2]「うわっ」",
        "え？[heart]なに。[x]」",
        "[主人公困り]",
    ],
)
def test_effects_at_the_edges_of_rows_and_sentences_are_no_words(row):
    assert [line.findings for line in lines(row + "\nはい。[p]\n")] == [()]


@pytest.mark.parametrize(
    "row",
    [
        "[name]は行く。",
        "[who id=1]さん。",
        "[who id=1]、はい。",
        "私は[name]、はい。",
        "私は[name]だ",
    ],
)
def test_tags_that_stand_as_names_do_may_put_words_there(row):
    (line,) = lines(row)
    assert [one.code for one in line.findings] == ["script.words-unknown"]


def test_an_underscore_keeps_the_blanks_behind_it():
    assert lines("_　やあ。[p]\n")[0].text == "やあ。"


@given(st.text("あaA[]\"'=#*;@/pr \n", max_size=80))
def test_any_text_is_read(text):
    for number, line in enumerate(lines(text), start=1):
        assert line.number == number
        assert line.text


@pytest.mark.parametrize(
    "piece", ["[", "[a", '[a"', "[p]", "[ruby text=a]", "[a]b", "[[p]", "あ\n"]
)
def test_time_is_linear(piece):
    import time

    began = time.process_time()
    lines(piece * 25_000)
    assert time.process_time() - began < 3


def test_a_tag_above_a_quotation_is_who_speaks():
    text = (
        "[太郎]\n「やあ。」[p]\n彼は去った。[p]\n[花子][r]\n「ながい[p]\n話。」[p]\n夜が来た。[p]\n"
        "[太郎]「また。」[p]\n[暗転]\n「誰？」[p]\n[門]\n「開け」[p]\n[門]\n門が開いた。[p]\n"
    )
    assert [(line.character, line.text) for line in lines(text)] == [
        ("太郎", "「やあ。」"),
        (None, "彼は去った。"),
        ("花子", "「ながい"),
        ("花子", "話。」"),
        (None, "夜が来た。"),
        ("太郎", "「また。」"),
        ("太郎", "「誰？」"),
        ("太郎", "「開け」"),
        (None, "門が開いた。"),
    ]


def test_a_name_in_brackets_above_words_without_any():
    text = (
        "【次郎】\nぼくだよ。[p]\n【花子】[r]\nうん。[p]\n【SE】\n鐘。[p]\n【次郎】の番だ。[p]\n"
        "【大事】[font color=red]な[resetfont]話。[p]\n"
    )
    assert [(line.character, line.text) for line in lines(text)] == [
        ("次郎", "ぼくだよ。"),
        ("花子", "うん。"),
        (None, "【SE】鐘。"),
        (None, "【次郎】の番だ。"),
        (None, "【大事】な話。"),
    ]
