"""Spelling of before 1946: 云つた is イッタ, 思ふ オモウ, でせう デショー, 行かう イコー.

Books whose rights have ended are full of it, and the engine takes such kana for what they are
today: ウンツタ, オモエツタ, デセー, イカー. It knows ゐ, 考へる, やう and さう; the rest is here.
Only letters that no text of today has at such a place are said otherwise.
"""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.patterns import lazy_pattern

# Kanji that are a verb with the ending う (ふ of old), る and つ. Some are nouns as well: 歌ふたつ;
# 一つ and 二つ are none.
_U = "云言思買笑習誓狂伺従從逢遭吸縫食喰貰揃救奪扱嫌洗敬補醉迷襲誘拾拭諂窺逐給賜違失追負払拂"
_U_OR_NOUN = "会會合舞歌唄謡戦戰装粧匂酔祝願雇使伝傳憂慕添厭"
_RU = (
    "取乗乘作切降帰歸走残殘知散座坐眠登渡通謝怒語移去祈踊躍茂光放守戻曲回廻掘握塗刷叱頼賴振売賣触蹴"
    "行至困飾祭写寫撮採執盛鳴成為搾侮黙湿茹滑遮遡罵誤狩刈送参參釣懲"
)
_TSU = "立待持打勝撃擊討断斷経經放絶保育"
_NO_SMALL = f"一二三四五六七八九十幾且分別発満穿擲抛頒過{_TSU}"
# Behind another kanji most are nouns: 夕食はない, 敵襲はない, 二言はない.
_OF_VERB = f"(?<![一-鿿])[{_U}]|[見取追打][失扱払拂違迷]|仕払"
_SAY = "[,.!?。、,」』)]|$"

# One letter, what it says, what stands before it and what behind it.
_LETTERS: tuple[tuple[str, str, str, str], ...] = (
    ("つ", "っ", f"[{_U}{_U_OR_NOUN}{_RU}]", "[たて]"),
    ("つ", "っ", f"(?![{_NO_SMALL}])[一-鿿]", "て(?![をがの])|た(?![なえわういびめ])"),
    ("つ", "っ", f"[{_TSU}]", f"て|た(?:{_SAY}|[のがらりと])"),
    ("つ", "っ", "[しなよた]か|だ|であ", "た(?!な[いく])"),
    ("つ", "っ", "[一-鿿][まわさたなば]|しま|わか|[にをと][とも]", "た(?![びめ])|て(?![をがの])"),
    ("つ", "っ", "[にもはとくうら]な|によ|[とへに]い|(?<!お)や", "て|た(?![ちびめ])"),
    ("つ", "っ", "[にがもはの]あ|^あ|[,.。、「']あ", "[たて]"),
    ("つ", "っ", "す", "かり"),
    ("つ", "っ", "や", "ぱり"),
    ("つ", "っ", "[びゆそ]", "くり"),
    ("つ", "っ", "[がうし]", "かり"),
    ("つ", "っ", "は", "きり"),
    ("つ", "っ", "ま", "たく"),
    ("つ", "っ", "ち[よょ]", "と"),
    ("よ", "ょ", "ち", "[つっ]と"),
    ("よ", "ょ", "[でま]し", "う"),
    ("ッ", "っ", "(?![一二三四五六七八九])[一-鿿ぁ-ん]", "[一-鿿ぁ-ん]"),  # 引ッ掻く: ヒキッカク
    ("や", "ゃ", "ぢ", ""),
    ("や", "ゃ", "じ", "な[いく]|ありま|あない|ござい"),
    ("ふ", "う", f"[{_U}]|[とう]い", "(?!かし|く)"),
    ("ふ", "う", f"[{_U_OR_NOUN}]", f"[とのがかべ一-鿿]|{_SAY}"),
    ("ひ", "い", f"[{_U}]", "(?!と|ど[いくすか]|たすら)"),  # 呼吸ひどい
    ("は", "わ", _OF_VERB, "[なれずせざぬしむん]"),
    ("は", "お", f"[{_U}]", "う"),
    ("ら", "ろ", f"だ|であ|[しなよた]か|(?!語)[{_RU}]", "う"),
    ("ら", "ろ", "[っつ]た", "う"),
    ("か", "こ", "[行書聞泣歩働動描置引吹開]", "う"),
    ("さ", "そ", "[話出返指消押貸探殺許渡]", "う"),
    ("ま", "も", "[読飲踏休進]", "う"),
    ("ば", "ぼ", "[呼飛遊運選並結学喜叫]", "う"),
    ("た", "と", f"[{_TSU}]", "う"),
    ("せう", "しょう", "[でま]", ""),
    # 会い度い: アイタビイ. The noun stands behind no such kana: いい度胸, ひどい度合い.
    (
        "度",
        "た",
        "[いきぎしちびみりえけげせべめれ見]",
        "い(?:[とのがもけだでかなよわねし]|[,.!?。、,」』)]|$)|く|か[つっろ]|けれ|[げさ](?![一-鿿])",
    ),
    ("來", "来", "", "[たてぬなるまずよれ]"),
    ("處", "処", "[其此何彼對]", ""),
    ("處", "処", "", "[一-鿿]"),
    ("處", "所", "", ""),
    ("附", "付", "", "[くけかきいこ]"),
)


def _pattern(letter: str, before: str, behind: str) -> str:
    """The letter at such a place. A look backwards has one length, so there is one for each."""
    places = "|".join(f"(?<={one}{letter})" for one in before.split("|"))
    return f"{letter}(?:{places})(?={behind})"


# Characters of before 1946 and today's, from the list of characters for general use. Those of the
# second table stand in names to this day (惠, 來夢): they count where something else is old too.
_CHARACTERS = (
    "亞亜 惡悪 壓圧 圍囲 醫医 爲為 隱隠 營営 衞衛 驛駅 奧奥 "
    "應応 歐欧 毆殴 穩穏 假仮 價価 畫画 會会 壞壊 懷懐 繪絵 "
    "擴拡 殼殻 覺覚 勸勧 卷巻 歡歓 觀観 關関 陷陥 顏顔 歸帰 "
    "氣気 僞偽 戲戯 犧犠 舊旧 據拠 擧挙 峽峡 挾挟 狹狭 區区 "
    "驅駆 經経 徑径 輕軽 鷄鶏 藝芸 擊撃 缺欠 儉倹 劍剣 圈圏 "
    "檢検 權権 獻献 縣県 險険 驗験 嚴厳 效効 恆恒 鑛鉱 號号 "
    "濟済 碎砕 劑剤 雜雑 參参 慘惨 棧桟 蠶蚕 贊賛 殘残 齒歯 "
    "兒児 辭辞 濕湿 舍舎 寫写 釋釈 收収 從従 澁渋 獸獣 縱縦 "
    "肅粛 緖緒 敍叙 獎奨 燒焼 證証 乘乗 剩剰 壤壌 狀状 疊畳 "
    "讓譲 釀醸 囑嘱 觸触 寢寝 愼慎 盡尽 圖図 粹粋 醉酔 隨随 "
    "髓髄 數数 樞枢 聲声 攝摂 竊窃 專専 戰戦 淺浅 潛潜 纖繊 "
    "踐践 錢銭 禪禅 雙双 壯壮 搜捜 插挿 爭争 總総 裝装 騷騒 "
    "增増 臟臓 屬属 續続 墮堕 對対 體体 帶帯 滯滞 臺台 擇択 "
    "單単 擔担 膽胆 團団 彈弾 斷断 癡痴 遲遅 晝昼 蟲虫 鑄鋳 "
    "廳庁 聽聴 敕勅 鎭鎮 遞逓 鐵鉄 轉転 點点 傳伝 黨党 盜盗 "
    "當当 鬪闘 獨独 讀読 屆届 繩縄 惱悩 腦脳 霸覇 廢廃 拜拝 "
    "賣売 麥麦 發発 髮髪 拔抜 蠻蛮 祕秘 甁瓶 拂払 佛仏 竝並 "
    "變変 舖舗 沒没 滿満 默黙 藥薬 譯訳 豫予 餘余 與与 譽誉 "
    "搖揺 樣様 謠謡 亂乱 覽覧 兩両 獵猟 綠緑 壘塁 勵励 隸隷 "
    "靈霊 齡齢 戀恋 爐炉 勞労 樓楼 郞郎 祿禄 錄録 灣湾 步歩 "
    "每毎 黃黄 歷歴 靑青 尙尚 內内 戶戸 晚晩 渴渇 黑黒"
)
_ALSO_IN_NAMES = (
    "來来 實実 眞真 學学 國国 廣広 萬万 圓円 條条 德徳 禮礼 "
    "壽寿 淨浄 靜静 將将 絲糸 寶宝 豐豊 巢巣 莊荘 藏蔵 孃嬢 "
    "燈灯 邊辺 濱浜 澤沢 惠恵 鹽塩 賴頼"
)
# Forms that are printed today beside the simpler ones, which the engine knows better (剝く, 簞笥).
_ALSO_TODAY = "剝剥 簞箪 禱祷 嚙噛 瘦痩 搔掻 摑掴 繫繋 頰頬 噓嘘"
_TODAY = {pair[0]: pair[1] for pair in f"{_CHARACTERS} {_ALSO_IN_NAMES}".split()}
_OLD = frozenset(_TODAY)
_TODAY |= {pair[0]: pair[1] for pair in _ALSO_TODAY.split()}
_IN_NAMES = frozenset(pair[0] for pair in _ALSO_IN_NAMES.split())
_NEAR = 100  # letters in which another sign of old spelling is looked for

_AT: dict[str, list[tuple[re.Pattern[str], str]]] = {}
for _letter, _said, _before, _behind in _LETTERS:
    _AT.setdefault(_letter[0], []).append(
        (lazy_pattern(_pattern(_letter, _before, _behind)), _said)
    )

_ANY_OF_THEM = "|".join(_pattern(a, c, d) for a, _, c, d in _LETTERS)
_SURELY = lazy_pattern(
    f"[{''.join(sorted(_OLD - _IN_NAMES))}]|(?=[{''.join(_AT)}])(?:{_ANY_OF_THEM})"
)
FIRST = "".join({**_AT, **_TODAY})
"""Where such a letter can stand."""
STOPS = f"[{''.join(_TODAY)}]|(?=[{''.join(_AT)}])(?:{_ANY_OF_THEM})"
"""Where runs of plain letters stop, so that this rule is asked."""


def letter(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """One letter, or the two of せう, as they are said."""
    for pattern, said in _AT.get(flat[at], ()):
        found = pattern.match(flat, at)
        if found and found.end() <= stop:
            return [SpokenSpan(start=at, end=found.end(), text=said, kind="old-spelling")]
    today = _TODAY.get(flat[at])
    if today is None:
        return None
    if flat[at] in _IN_NAMES and not _SURELY.search(flat, max(0, at - _NEAR), at + _NEAR):
        return [SpokenSpan(start=at, end=at + 1, text=flat[at])]
    return [SpokenSpan(start=at, end=at + 1, text=today, kind="old-spelling")]
