"""Words that the engine's dictionary lacks, and words whose reading hangs on their neighbours.

Tables in `data`, all our own. `words.tsv`: a word and its reading; `verbs.tsv`: a verb of five
columns (書く), of which every form is a word; `forms.tsv`: forms of verbs and adjectives that the
engine takes for other words (頼んでない タヨンデ, 潰れる前に ツブセレル), each with a line on which
it is tested; `names.tsv`: a name that is another word, too, read so where persons are meant;
`places.tsv`: the same of places; `creatures.tsv`: an animal as it is said behind its kind
(洞窟蜘蛛); `eras.tsv`: see `eras`. `homographs.tsv`: a word, its reading, what stands before and
after it (regular expressions; empty: anything), and a line on which the row is tested. Of two rows
for one word the first that fits is used. `phrases.tsv`: a phrase with one word in brackets that is
read otherwise in it (自他[共]に), the reading, and such a line.

A row is applied only where the engine, too, begins and ends words, so it never cuts a longer word
(灯 in 灯台). `ツラ>カラ` in place of a reading changes the beginning of each form of the word
(辛い, 辛かった), which is then given in its dictionary form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sbv2cli.languages.japanese import eras
from sbv2cli.languages.japanese.data_tables import rows_of, with_accent
from sbv2cli.languages.japanese.moras import count_moras, katakana
from sbv2cli.languages.japanese.neighbours import stand_before, stand_behind
from sbv2cli.languages.japanese.phrases import PhraseWord, likely_accent
from sbv2cli.languages.japanese.verb_forms import GODAN


class Row(NamedTuple):
    """One row of a table."""

    word: str
    reading: str
    accent: int | None
    before: str  # a regular expression; "" fits everywhere
    after: str
    line: str

    def fits(self, text: str, start: int, end: int) -> bool:
        """Whether the neighbours of the word are the ones that the row asks for."""
        if self.before and not stand_before(self.before, text, start):
            return False
        return not self.after or stand_behind(self.after, text, end)


@dataclass(frozen=True, slots=True)
class Tables:
    """All rows by what they are looked up with."""

    whole: dict[str, list[Row]]  # by the written word
    longest: dict[str, int]  # by its first character: words that begin so, the longest one's length
    forms: dict[str, list[Row]]  # by dictionary form, for `A>B`
    changing: frozenset[str]  # words of rows that ask for evidence


def correct(text: str, words: list[PhraseWord]) -> list[PhraseWord]:
    """`words` of the engine with the readings of our tables; places count from 0 in `text`."""
    tables = _tables()
    corrected: list[PhraseWord] = []
    index = 0
    while index < len(words):
        word = words[index]
        longest = tables.longest.get(text[word.start : word.start + 1])
        found = None if longest is None else _whole(tables, text, words, index, longest)
        if found is not None:
            row, last = found
            corrected.append(_said(row, words[index : last + 1]))
            index = last + 1
            continue
        corrected.append(_form(tables, text, word) if word.orig in tables.forms else word)
        index += 1
    return corrected


def _whole(
    tables: Tables, text: str, words: Sequence[PhraseWord], first: int, longest: int
) -> tuple[Row, int] | None:
    """The row for the longest of what the words from `first` on write, and the last of them."""
    start = words[first].start
    known: list[tuple[int, str]] = []
    for last in range(first, len(words)):
        end = words[last].end
        if end - start > longest:
            break
        if (written := text[start:end]) in tables.whole:
            known.append((last, written))
    for last, written in reversed(known):
        for row in tables.whole[written]:
            if row.fits(text, start, words[last].end):
                return row, last
    return None


def _said(row: Row, words: Sequence[PhraseWord]) -> PhraseWord:
    """One word with the reading of `row` in the place of `words`."""
    first, last = words[0], words[-1]
    if row.accent is None and len(words) == 1 and first.kana == row.reading:
        return first._replace(settled=True)
    accent = row.accent
    if accent is None and len(words) == 1 and count_moras(first.kana) == count_moras(row.reading):
        return first._replace(kana=row.reading, settled=True)
    if accent is None:
        accent = likely_accent(row.reading, loanword=False)
    return PhraseWord(
        start=first.start,
        end=last.end,
        kana=row.reading,
        pos=last.pos if not last.marks else "名詞",
        orig=row.word,
        accent=accent,
        joined=first.joined,
        decided=True,
        settled=True,
    )


def _form(tables: Tables, text: str, word: PhraseWord) -> PhraseWord:
    for row in tables.forms[word.orig]:
        old, new = row.reading.split(">")
        if word.kana.startswith(old) and row.fits(text, word.start, word.end):
            return word._replace(kana=new + word.kana[len(old) :], settled=True)
    return word


def may_change(word: str) -> bool:
    """Whether a word is read otherwise beside certain others, by a row of our tables."""
    return word in _tables().changing


@cache
def names() -> dict[str, tuple[str, int | None]]:
    """Names of persons that are other words, too, with reading and accent."""
    return {name: with_accent(cell) for name, cell in rows_of("names.tsv")}


# ---- the tables --------------------------------------------------------------------------------


@cache
def _tables() -> Tables:
    whole: dict[str, list[Row]] = {}
    longest: dict[str, int] = {}
    forms: dict[str, list[Row]] = {}
    changing: set[str] = set()
    known = _NAMES | {
        letters for row in phrases() for letters in (row.before, row.after) if letters
    }
    for row in rows():
        if (row.before or row.after) and known.isdisjoint((row.before, row.after)):
            changing.add(row.word)
        if ">" in row.reading:
            forms.setdefault(row.word, []).append(row)
        else:
            whole.setdefault(row.word, []).append(row)
            first = row.word[0]
            longest[first] = max(longest.get(first, 0), len(row.word))
    return Tables(whole, longest, forms, frozenset(changing))


@cache
def phrases() -> Sequence[Row]:
    """The words of `phrases.tsv`, with what the phrase has before and after them."""
    found = []
    for phrase, cell, line in rows_of("phrases.tsv"):
        before, _, rest = phrase.partition("[")
        word, _, after = rest.partition("]")
        found.append(Row(word, *with_accent(cell), before, after, line))
    return found


def rows() -> Iterator[Row]:
    """Every row of the tables; those with evidence first."""
    for name, said in names().items():
        yield Row(name, *said, "", _OF_PERSONS, f"{name}さんが来た。")
        yield Row(name, *said, f"(?:{_WHO})の", _DOES, f"弟の{name}が来た。")
        yield Row(name, *said, _NAME_IS, _IS_CALLED, f"名は{name}です。")
    for place, cell in rows_of("places.tsv"):
        said = with_accent(cell)
        yield Row(place, *said, "", _OF_PLACES, f"{place}駅で降りる。")
        yield Row(place, *said, _IN, _NOT_A_PERSON, f"青森の{place}の店だ。")
    for creature, cell in rows_of("creatures.tsv"):
        yield Row(creature, *with_accent(cell), _KIND, "", f"巨大{creature}だ。")
    for era, kana in eras.readings().items():
        yield Row(era, kana, None, "", eras.YEARS, f"{era}三年のこと。")
    yield from phrases()
    for word, cell, before, after, line in rows_of("homographs.tsv"):
        yield Row(word, *with_accent(cell), before, after, line)
    for word, cell in rows_of("words.tsv"):
        yield Row(word, *with_accent(cell), "", "", "")
    for form, reading, line in rows_of("forms.tsv"):
        yield Row(form, reading, None, "", "", line)
    for verb, cell in rows_of("verbs.tsv"):
        yield from _forms_of(verb, *with_accent(cell))


# What stands behind the names of persons.
_OF_PERSONS = (
    "(?:さん(?!々|ざん)|じ[いっぃ]|ばあ|[爺婆]さん|ちゃん|くん|君(?!主|臨)|様(?!子|[々相式態])|先輩|先生|嬢|殿下|氏|たん|っち|"
    "[部会隊団艦船]長|委員長|提督|司令|王子|王女|皇子|皇女|[兄姉](?:さん|ちゃん|様|貴)|"
    "を(?:見舞[いうっ]|説得|励まし|慰め[たて]|誘[いうっ]|問い詰め|呼び[止出]|叱[っりる]|病院|逮捕|尾行|"
    "介抱|抱き起こ|突き飛ば|殴[っりる])|"
    "と(?:結婚|待ち合わせ|目が合|付き合[いうっ]|言い合[いうっ]|顔を見合わせ|口を[き利])|"
    "(?:は|が|も),?(?:[言云][っいわ]|笑[っいう]|微笑|叫[んび]|頷|うなず|首を[振傾縦横]|呟|つぶや|"
    "苦笑|振り[返向]|立ち上が|尋ね|訊[いかくね]|囁|怒鳴|黙[っり]|眉を|肩を[すを竦]|溜め?息|ため息|"
    "返事|答え[たるず]|受話器|電話を|画面を|写真を|拳を|唇を|頬を|涙を|腕を組|歯を[食噛]|首筋|席を|椅子[にを]|"
    "息を[呑飲つ吐]|目を[伏細閉見逸覚丸]|口を[尖噤挟]|顔を[上赤歪顰しか]|手を[振挙上伸]|台所))"
)


# Who somebody is; then comes the name.
_WHO = (
    "父|父親|母|母親|兄|弟|姉|妹|祖父|祖母|息子|娘|[長次三四五末][男女]|一人(?:息子|娘)|末っ子|夫|亭主|旦那|"
    "妻|女房|家内|[叔伯][父母]|従[兄弟姉妹]|いとこ|孫|甥|姪|友人|親友|友達|幼馴染み?|幼なじみ|同僚|同級生|"
    "[先後]輩|[上部]下|上司|助手|弟子|相棒|相方|恋人|隣人|隣|店主|店員|主人|主|刑事|警部|巡査|住職|和尚|運転手|"
    "[部課社店隊会組]長|生徒会長|女将|女中|大工|医師|医者|看護師|教師|担任|記者|編集者|弁護士|探偵|足軽|侍|武士|"
    "家来|家臣|手代|番頭|丁稚|下男|浪人|主将|主人公|新人|いじめっ子|漁師|猟師|農夫|村人|職人|棟梁"
)
_DOES = "(?:は|が|も|と)(?!も)"
_NAME_IS = (
    f"(?:名前?[はを]|(?:{_WHO})は|"
    "(?:お前|おまえ|あんた|俺|おれ|私|僕|君|そなた|[こそあ]いつ|彼女?)が)"
)
_IS_CALLED = "(?:と(?:い[いうっ]|言|申|名|付け|つけ|呼)|だ|です|で[,す]|か[,.!?']|[,.])"

# What stands behind the names of places, and where the place is.
_OF_PLACES = (
    "(?:[駅町村郡藩]|地区|団地|市(?!場)|温泉|方面|経由|地方|盆地|半島|海峡|沖|港|空港|海岸|高原|峠|神社|街道|通り?|インター|"
    "の(?:町|街|里|村|港|浜|海|湖|谷|湯|宿|温泉|湾|岬|岸|駅|城下|城(?!主)|国境|関所?|瀬戸|盆地|平野|峠|神社|寺|祭り|"
    "名物|名産|産地|特産|旅館|宿場|遺跡|古墳|商店街|競技場|海岸|河原|川岸)|"
    "(?:へ|まで)(?:行[くきっ]|バス|車|電車|列車|足を延|旅)|へ向か|に(?:着[いく]|移り住|引っ越|泊ま|停車)|"
    "で(?:降り|下車|乗り換|途中下車|電車|列車|高速|船を|泊ま|一泊)|から(?:電車|列車|バス|船|舟|特急|急行|汽車|山に)|"
    "を(?:後に|過ぎ|経て|旅|発[ちっ]))"
)
_IN = (
    "(?:北海道|青森|岩手|秋田|宮城|山形|福島|茨城|栃木|群馬|埼玉|千葉|東京|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|"
    "静岡|愛知|三重|滋賀|京都|大阪|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|"
    "熊本|大分|宮崎|鹿児島|沖縄|札幌|八戸|盛岡|仙台|郡山|会津|水戸|宇都宮|前橋|高崎|横浜|川崎|甲斐|甲府|浜松|信州|松本|"
    "金沢|能登|名古屋|尾張|三河|伊勢|近江|京|大和|紀州|神戸|播磨|伊予|土佐|讃岐|阿波|博多|肥後|薩摩|琉球|伊豆|安房|"
    "佐渡|越後|加賀|越前|若狭|美濃|飛騨|出雲|備前|備中|備後|安芸|周防|長門|豊後|日向|陸奥|出羽|常陸|上総|下総|武蔵|"
    "相模|駿河|遠江|[一-龥]{2}[市区郡])[県都府市]?の"
)
_NOT_A_PERSON = "(?!さん|くん|君|ちゃん|様|氏|先生|選手|一家|夫妻|家(?!並))"

# What only rows of names have: that such a word may be a name makes no reading doubtful.
_NAMES = frozenset((_OF_PERSONS, _DOES, _IS_CALLED, _OF_PLACES, _IN))

# Kinds of animals; not 夜 and 月, for 夜蛙が鳴く is カエル.
_KIND = (
    "(?<![一-鿿])(?:"
    "洞窟|洞穴|砂漠|殺人|人[食喰]い|化け|吸血|森林|兵隊|軍隊|巨大|女王|変異|突撃|幽霊|暗黒|地獄|深海|火炎|火山|密林|"
    "古代|[一二三四五六七八九]つ目|[毒鉄岩氷炎影森沼赤青白黒緑紫銀金闇雪砂火水山鎧針魔妖霊王鬼骨泥霧雷風])"
)


def _forms_of(verb: str, reading: str, accent: int | None) -> Iterator[Row]:
    """A row for each form of a verb whose last kana changes through its column."""
    for kana in (ending for ending in GODAN[verb[-1]] if len(ending) == 1):
        yield Row(verb[:-1] + kana, reading[:-1] + katakana(kana), accent, "", "", "")
