"""The forms of Japanese verbs whose last kana changes through its column."""

from __future__ import annotations

# What stands in place of that kana: before ない, ます, た, for 。, before ば and う. Then longer
# ones, for the engine may have no word of its own there: it has 呻 and って, 休 and みてえ.
GODAN: dict[str, tuple[str, ...]] = {
    "う": ("わ", "い", "っ", "う", "え", "お", "って", "った", "ってん"),
    "く": ("か", "き", "い", "く", "け", "こ", "いて", "いた", "いてん"),
    "ぐ": ("が", "ぎ", "い", "ぐ", "げ", "ご", "いで", "いだ", "いでん"),
    "す": ("さ", "し", "す", "せ", "そ", "して", "した", "しかけ"),
    "つ": ("た", "ち", "っ", "つ", "て", "と", "って", "った", "ってん"),
    "ぶ": ("ば", "び", "ん", "ぶ", "べ", "ぼ", "んで", "んだ", "んでん"),
    "む": ("ま", "み", "ん", "む", "め", "も", "んで", "んだ", "んでん", "みてえ"),
    "る": ("ら", "り", "っ", "る", "れ", "ろ", "って", "った", "ってん"),
}
