"""Verbs and adjectives in every form that speech and prose put them into."""

from __future__ import annotations

from collections.abc import Iterator

_COLUMNS = dict(
    zip(
        "うくぐすつぬぶむる",
        "わいうえお かきくけこ がぎぐげご さしすせそ たちつてと なにぬねの "
        "ばびぶべぼ まみむめも らりるれろ".split(),
        strict=True,
    )
)
_BEFORE_TE = {"う": "っ", "つ": "っ", "る": "っ", "く": "い", "ぐ": "い", "す": "し"}  # else ん
_VOICED = "ぐぬぶむ"
_PLAIN = (
    "。 よ。 な！ ぞ。 ぜ。 わ。 ね。 か？ かい。 かな。 かも。 んだ。 のか。 もんか。 "
    "べきだ。 より早い。 ほどだ。 なら早い。 っての。 し、 ため、 つもりだ。 はずだ。 "
    "わけだ。 らしい。 みたいだ。 だろう。 前に、 度に、 ものだ。 ことだ。 ときは、 "
    "ところだ。 ばかりだ。 だけだ。 しかない。 くらいだ。 と言う。 とき、 から、 けど、 "
    "が、 ので、 のに、"
).split()
_PAST = (
    "。 よ。 っけ。 んだ。 のか。 ろ。 ら。 り。 って。 とき、 から、 けど、 が、 のに、 "
    "らしい。 はずだ。"
).split()
_TE = (
    "。 よ。 ！ ください。 くれ。 る。 た。 ない。 ます。 いく。 くる。 しまう。 みる。 "
    "おく。 ある。 もらう。 やる。 から、 も、 は、 ねえ。 ろ。 んだ。 んの？ "
    "らっしゃる。 やがる。 ほしい。 なかった。 いいよ。 こい。"
).split()
_NOT = (
    "ない。 なかった。 なきゃ。 なくて。 ないで。 ず。 ずに。 ぬ。 ねえ。 ねば。 んぞ。 なければ。"
).split()
_STEM = (
    "ます。 ました。 ません。 たい。 たくない。 ながら、 そうだ。 すぎだ。 始める。 "
    "続ける。 終わる。 出す。 かける。 なさい。 やがれ。 つつ、 たがる。 にくい。 "
    "やすい。 っぱなし。 ましょう。 きる。 たまえ。 もしない。 はしない。 に行く。 "
    "やしない。"
).split()
_ADJECTIVE = (
    "い。 いよ。 いな。 いね。 いねえ。 いぞ。 いわ。 いし、 いから、 いけど、 いので、 "
    "いのに、 いと、 いって。 いか？ いかな。 いかも。 いんだ。 いだろう。 いです。 "
    "いなら、 いほど、 いこと。 いとき、 いだけ。 いみたいだ。 いらしい。 いままだ。 "
    "い！ いっ！ くて、 くない。 くなる。 くなった。 くはない。 くもない。 くする。 "
    "く見える。 く思う。 くありません。 くなさそうだ。 くねえ。 く、 かった。 かったら、 "
    "かったね。 かったんだ。 ければ、 けりゃ、 そうだ。 そうな顔。 すぎる。 すぎだ。 "
    "すぎて、 さ。 さが、 さを、"
).split()


def verb_frames(verb: str, kind: str) -> Iterator[str]:
    """Sentences with a verb in its forms; `kind`: 五段 or 一段."""
    if kind == "一段":
        stem, last = verb[:-1], "る"
        negative = masu = te = stem
        would, let_us, command, can, let = f"{stem}れ", f"{stem}よ", f"{stem}ろ", "られ", "させ"
    else:
        stem, last = verb[:-1], verb[-1]
        negative, masu, _, would, let_us = (stem + kana for kana in _COLUMNS[last])
        te = stem + ("っ" if verb in ("行く", "往く") else _BEFORE_TE.get(last, "ん"))
        command, can, let = would, "れ", "せ"
    t, d, ch = ("で", "だ", "じゃ") if last in _VOICED and kind != "一段" else ("て", "た", "ちゃ")
    yield from (verb + ending for ending in _PLAIN)
    yield from (f"{te}{d}{ending}" for ending in _PAST)
    yield from (f"{te}{t}{ending}" for ending in _TE)
    yield from (f"{te}{ch}{ending}" for ending in ("う。", "った。", "え。", "だめ。"))
    yield from (
        f"{te}{'ど' if t == 'で' else 'と'}{ending}" for ending in ("く。", "け。", "いて。")
    )
    yield from (negative + ending for ending in _NOT)
    yield from (f"{negative}{voice}{ending}" for voice in (can, let) for ending in ("る。", "た。"))
    yield from (masu + ending for ending in _STEM)
    yield from (
        f"{would}ば。",
        f"{let_us}う。",
        f"{let_us}うぜ。",
        f"{let_us}うと、",
        f"{let_us}っか。",
    )
    yield from (command + ending for ending in ("。", "よ。", "！", "って。", "っ！"))


def adjective_frames(adjective: str) -> Iterator[str]:
    """Sentences with an adjective in its forms."""
    yield from (adjective[:-1] + ending for ending in _ADJECTIVE)
