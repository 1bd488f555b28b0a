"""Places where words end that the engine would run together with what follows.

Behind a noun it takes one kanji for a suffix: さっき人が is サッキジンガ to it, そのまま部屋を is
ソノママベヤヲ. Behind words of time, place and amount, which make no compounds, a kanji with a
particle is a word of its own. And some endings it takes for other words: 書きやがる is ガキヤガル,
扱いつつ コイツツ, 許しちまった モトシチマッタ, 願うんじゃ ネガイウンジャ. At these places it is
handed a comma, which it reads as a boundary and nobody hears; around ごと and before や a space,
with which a phrase goes on.
"""

from __future__ import annotations

import re

from sbv2cli.languages.japanese import eras
from sbv2cli.patterns import lazy_pattern

_BEFORE_NOUNS = (
    "まま(?<![が気]まま)|"
    "い[まつ]|いつか|さっき|きのう|けさ|あした|むかし|ときどき|[こそ]こ|どこか?|だれか|なにか|"
    "みんな|ほとんど|たくさん|だんだん|つまり|むしろ|たとえ(?!話)|それぞれ|未だ|少し|全て|再び|"
    "結局|実際|本来|普段|当時|現在|途中|最[初後近]|以[前後降来]|近頃|当初|元来|一瞬|誰か|"
    "今日(?!本)|今(?:回|朝|夜|頃|週|月|年|晩)|昨[日夜晩年]|明[日晩](?!葉)|毎[日朝晩週月年度]|先[日週月程刻]|"
    "来[週月年]|翌[日朝週月年]|去年|午[前後]|夕方|真?夜中(?!庭)|深夜|早朝|連[日夜]|終日|直前|途端|"
    "[二何]度|時々|度々|色々|所々|全[員部]|再度|常時|瞬間(?!芸)|帰り道|無事(?!故)|各自|皆さん|"
    "勢い|何故|最早|大[体概抵半]|多[少分数]|折角|随分|少々|若干(?![名数量額])|相当(?![数額品量級職])|"
    "軒並み?|直接|毎[回夜]|今[後度宵]|近年|一[切部生]|一?生懸命|懸命|生涯|例年|昼間|晩年|[平休前当祝]日|"
    "明後日|同[日年]|半年|あす|あさって|おととい|きょう|ゆうべ|こんど|いろいろ|このところ|[そこ]のあと|"
    "[そこあ]のとき|大勢(?!力)|双方(?!向)|各々|朝晩|明け方|朝方|夕刻|日暮れ|日没|未明|昼過ぎ|昼頃|春先|"
    "当[面分]|従来|古来|始終|いちいち|引き続き|[こあ]れだけ|あれこれ|流石|[年日晩]中(?![国庭耳])|四六時中|"
    "生まれつき|先頃|日頃|半分|直後|思い切り|[夜日]ごと|段々|点々|順々|折々|真っ先|道々|[行帰]きがけ|帰りがけ|"
    "通りすがり|出会い頭|起き抜け|寝起き|寝しな|朝一番|昼時|夕方頃|暮れ方|夜更け|夜明け|今なお|万が?一|以[外上]|"
    "正直(?![心村町])|絶対(?![神君王化権視知量])|案外|偶然|当然|元々|無論|是非|一層|極力|皆(?=[口手顔声家国席足腰首息金馬剣城武車船話歌空紙箱日店夢髪神星海花]|部屋)|"
    "[など][ぜう]か|何か(?![国月所年箇])|[遠近早]く"
)
# What makes one word with these: 今日中に, 全員分の, いま頃は, 全部屋に, 先日来の, 最後尾の.
_NO_NOUN = (
    "分用中頃目度号版比付発着制的性感側系風流製達様等毎別向初末際次順位後時"
    "地値形屋門期列尾端来半曜高接作産方香者帯便休卒券型組児決部譚代品"
)  # fmt: skip
_PARTICLE = "[がをはもにのとでへや]|から|まで|より"
# Behind these only nouns that make no compound with them: 十年間店を, not 二人組の and 三回戦は.
_COUNTED = (
    "[一二三四五六七八九十百数何半0-9](?:時間|[日年]間|年|週間|[かヶカヵ]月間?|晩|回|度|杯)|"
    "[一二三]人|一日|ひとり|ふたり|独り"
)
_BEHIND_COUNTED = (
    "人本車馬店酒話顔声手水茶空海夢道歌雨剣雪夜月星犬猫町村山川薬飯絵門国床壁何誰私僕俺君彼"
    "体口家足金火血紙船刀箱橋墓鐘島神額靴影鏡窓門壁髪顔林"
)
_STATES = "基本|原則|現状|通常|結果|一番|大変|事実|正月|元旦|[夏冬春]休み|連休|両方|片方|一同|交互"
_BEHIND_STATES = "人店国車私僕俺君彼何誰"
# その後輩, その後妻 and 後足 are words: behind 後 these stand alone.
_BEHIND_AFTER = "[人目口手国彼店金城山敵父母兄姉弟妹船体席話何誰俺僕私君家]|部屋"
# The characters that they begin with are asked first, which takes a third of the time.
_FIRST = (
    "まいさきけあむとこどだなみほたつそ未少全再結実本普当現途最以近元一誰今昨明毎先来翌去"
    "午夕真夜深早連終直二何時色所常瞬帰無各皆勢大多折随若相正絶案偶是極後十百千"
    "前お軒近懸生例昼晩平休祝同半双朝日春従古始引流年四三五六七八九百数0123456789基原現通結事夏冬両片交きゆあ"
    "生思段点順道行通出起寝暮万ひふ独遠"
)  # fmt: skip
_NOUNS = re.compile(
    f"(?=[{_FIRST}])(?:(?:{_BEFORE_NOUNS})(?=(?:部屋|(?![{_NO_NOUN}])[一-鿿])(?:{_PARTICLE}))|"
    f"(?<=[日年月間分秒そこの直])後(?=(?:{_BEHIND_AFTER})(?:{_PARTICLE}))|十分(?=間に合)|[十百千](?=回復(?![唱習帰]))|"
    f"(?:{_COUNTED})(?=[{_BEHIND_COUNTED}](?:{_PARTICLE}))|"
    # 六つ年が is ムッツネンガ.
    f"[一二三四五六七八九]つ(?=[年歳国村町島城](?:{_PARTICLE}))|"
    f"(?:{_STATES})(?=[{_BEHIND_STATES}](?:{_PARTICLE})))"
)
# Words of kana, which begin as too many others do: asked at the noun behind them.
_ATTRIBUTE = "[るたいむうつくすぐぶぬの]"  # 着いたとき人が; 弓とき人 and the like are words
_WORDS_OF_KANA = (
    "この頃 淡々 もともと せっかく みな すべて いずれ 次第 ずつ お互い いやいや いったん それゆえ "
    "それ故 そのうえ その上 もう一度 ひと晩"
).split()
_NOUNS_OF_KANA = "たび おかげ くせ はず とき ころ ため ところ 際 場合".split()
_LAST = "".join({word[-1] for word in (*_WORDS_OF_KANA, *_NOUNS_OF_KANA)})
_KANA = re.compile(
    # What they end with is asked first, and the kanji next, which halves the time.
    f"[{_LAST}](?=[一-鿿])(?=(?:部屋|(?![{_NO_NOUN}])[一-鿿])(?:{_PARTICLE}))(?<!えのころ)(?:"
    + "|".join(
        f"(?<={word})"
        for word in (*_WORDS_OF_KANA, *(f"{_ATTRIBUTE}{noun}" for noun in _NOUNS_OF_KANA))
    )
    + ")"
)
_ENDINGS = re.compile(
    "(?=[いきぎしちびみりてうくすつむぶぐかやっの愛えけげせねべめれぬる])(?:"
    "(?<=[一-鿿])(?:[いきぎしちびみり](?=やが[っりるれろ])|い(?=つつ)|て(?=始め)|"
    "し(?=ちま[っういえ])|"
    "[うくすつむぶぐ](?=んじゃ(?:[よの,.!?']|$)))|"
    # 強き者 is キョーキモノ, 優しき者たち ヤサシキシャタチ, 清き国 セーキコク.
    "(?:(?<=[一-鿿々]し)|(?<=[一-鿿][ぁ-ん]し)|(?<=[一-鿿][ぁ-ん]{2}し)|(?<=らし)|(?<=冷た)|(?<=少な)|(?<=[疾強弱高深遠近若古清熱青赤白黒長永良善猛無亡暗重軽堅固硬厚薄甘"
    "苦憎幼荒早速遅広狭多浅細太短低痛濃醜淡易難聖]))き(?=[一-鿿])|"
    # 歩けり is フケリ, 届けども トドケケドモ, 打てぇっ ダテーッ, 急ぐ者たち キューグシャタチ.
    "(?<=[一-鿿])(?<!然)[えけげせてねべめれ](?=り(?:[,.!?']|$)|ども?[,.!?']|[ぇぃ])|"
    "(?<=[一-鿿])[いきしちりみび](?=た[もま]う)|"
    "(?:(?<=[一-鿿])|(?<=[一-鿿][ぁ-ん]))[うくぐすつぬぶむる](?=者(?:たち|ども|達))|"
    # し of old, behind a verb: 選ばれし者 エラバレシシャ, 堕ちし者 オチシシャ.
    "(?<=[わかさたなまらがばせてけめ]れ)し(?=[一-鿿])|(?<=[一-鿿][きりちみけせめべえげび])し(?=[者民])|"
    # 言ってねえ is ゲンッテネー.
    "(?<=[一-鿿]っ)(?:(?<![一-鿿々ァ-ヶー].っ)(?<![足点代下中判重氷番]っ)|"
    "(?<=[食言笑酔買会思怒待持知]っ))て(?=ね[えぇー])|"
    # 悪いけん of the west is アクイケン (意見).
    "(?<=[一-鿿なしわ])い(?=け[んえ](?![かがきぎけこさしじそちとどぶぽまめもり]))|"
    # 足しか is タシカ to it, 山か サンカ, 星や、 セーヤ, 足って タッテ.
    "(?:(?<=[ぁ-んァ-ヶー,][一-鿿])|(?<=^[一-鿿]))(?=しか(?:な[いかくけ]|あ[りるっ]|でき|出来|知ら|見[えなて]|い(?:な|ま)|"
    "残|持|使|言わ|聞|や[らっ]|し(?:な|て)|食|飲|着|入|行|考え|思[えい]|感じ|信|頼|わか|分か|覚え))|"
    "(?:(?<=[のないるた,][一-鿿])|(?<=^[一-鿿]))(?=や(?:,|[そこあ]の|[ァ-ヶ]))|"
    "(?<=[のないるた][足隣縁量敵点法欲鎧])(?=って(?:[い言]|なに|何[?.,!だでじ]|こと|ど[うこんれ]|誰))|"
    "(?<!を)(?<![一-鿿])愛(?=で(?!て|る|た|な))|"
    # It takes 塔の for a name, and what follows for a suffix: 塔の下 トーノカ, 沖の船 オキノセン.
    "(?:(?<=[ぁ-んァ-ヶー,][塔浜宮玉駒桜鷹浦沖上北])|(?<=^[塔浜宮玉駒桜鷹浦沖上北]))(?=の(?![空句羽])[一-鿿](?![一-鿿々])))"
)
# Its dictionary has words half in kana: 光が コーガ (光画), 歯が シガ (歯牙), 左は サハ (左派).
# Where one of these kanji stands alone, the kana is a particle.
_HALF_KANA_WORDS = {
    "が": "光山朝歯年側病横残白銀題座劇公原参大安高平帰江起録清",
    "は": "戦翔中光切左枝流現蓮鷹教打大小鯨",
    "と(?!りわけ)": "中前後目使急教",
    "に": "雑業",
    "から": "中塩無米",
    "か": (
        "国山罪証元徳橋水狼声傘側列劇座弦恋戦朝業法流災理砲緑聖詩財軍輪酸銀霊音順魚蜂台代店現商"
    ),
    "や": "山星昼朝花草前林牢聖",
    "で": "弓熊死",
    "より": "紙本",
}
# 大がかり, 年がら, 平がな and the like are words with such a kana.
_WHOLE = "(?!が(?:かり|ら[なんのっでだ]|なで|な[をのは文])|は(?:ずれ|ずし|ば|やり|しゃ|ずかし))"
_HALF_KANA = re.compile(
    f"[{''.join(_HALF_KANA_WORDS.values())}](?<![一-鿿0-9].){_WHOLE}(?:"
    + "|".join(f"(?<=[{kanji}])(?={kana})" for kana, kanji in _HALF_KANA_WORDS.items())
    # 各条は カクジョーハ, 副流は フクリューハ; 戦ができる ソヨガ, where 戦がせる is a verb.
    + ")|(?<=戦)(?=が(?!さ[なれ]|し[たてま]|す[,.!?]|せ[るたてばよ,.!?]))|"
    "[条流急撃制翔鷹](?<=[一-鿿].)(?=は(?![ぁ-ん]))|(?<=[純公航]平)(?=が)"
)
# 腕ごと斬る is ウデゴトギル to it, 空ごと クーゴト; 夜ごと and 日ごと it knows.
_WITH_ALL = lazy_pattern("(?<=[一-鿿])(?<![夜日月年週毎])ごと(?=[一-鿿])|(?<=[国口耳曲畳])ごと")
# 母や姉 is オモヤアネ to it, 山か海か サンカウミカ, 白か黒か シロカグロカ. 冷や汗 and 況や are
# words with や.
_LISTED = lazy_pattern("(?<![一-鿿])(?![冷況])[一-鿿](?=や[一-鿿])")
# 野菜か靴を is グツオ to it, 高原や紙も シモ; 三か国 and 数か所 are numbers.
_OR = lazy_pattern(
    "(?<=[一-鿿ァ-ヶー]{2})[やか](?<![一二三四五六七八九十百千万数何0-9].)(?![前後間中内目])(?=[一-鿿](?:[をがはものにとでへやか,]|$))"
)
_EITHER = lazy_pattern(
    "か(?=[一-鿿]{1,3}か)(?<=[一-鿿]か)(?<![一-鿿][一-鿿]か)"
    "(?<![何誰数一二三四五六七八九十百千0-9]か)"  # 二か月前から
)
# Given names; 太って would be フトッテ, 太から フトカラ.
_NAMED_TA = "[涼平正文寛慶健翔勇康亮雄圭幸啓良隼奏蒼陽颯勘航]太"
# 淳平が is アツシヘーガ, 慎平に マキヒラニ, 洸平って コーヒラメッテ.
_NAMED_HEI = (
    "[淳純順潤恭京亮良涼遼周修秀昌章耕康航浩洸晃哲鉄徹心晋新慎伸陽洋辰竜龍隆雄悠勇祐佑裕直柊翔"
    "茂与喜作権弥吾忠源]平"
)
# What a text must hold, and what ends where a word begins: a search for the first takes no time.
_ELSEWHERE = (
    ("人い", lazy_pattern("[るたいな]人(?=い(?:た[らだ]|る|な[いかく]|ま|れば))")),  # ジンイタラ
    ("間近", lazy_pattern("[時年日週分一二三四五六七八九十百]間(?=近く)")),  # 一時間近く: マジカク
    ("へんで", lazy_pattern("[けせべめれえ]へん(?=で(?:[,.!?']|$))")),  # 負けへんで: マケエンデ
    ("日曜", lazy_pattern("第[一二三四五](?=日曜)")),  # 第三日曜日: ミッカヨービ
    # 上がりんさい: オエガリンサイ.
    ("んさい", lazy_pattern("[一-鿿][ぁ-ん]?[いきしちにびみりえけせてねべめれ](?=んさい)")),
    # 土はね、: ツチハネ; 親ってのはな、: ハナ.
    (
        "は",
        lazy_pattern(
            "(?:[一-鿿]|って[のこ]|[うくるたい]の|て|[んい]で)は(?=[ねなさ](?:[,.!?']|$))"
        ),
    ),
    ("はお", lazy_pattern("(?<=[にでとて])は(?=お[らりるれ])")),  # ここにはおらん: ハオラン
    # 今日はええ is キョーハエー (早ええ), 釣りはいらん ハイラン (入らん).
    ("はええ", lazy_pattern("[一-鿿ァ-ヶー]は(?=ええ)")),
    (
        "はいら",
        lazy_pattern("[一-鿿ァ-ヶー]り?は(?=いら(?:[んぬ]|ね[えぇ]|な[いかく]))"),
    ),
    # 今行くけん is イマユククケン, 待つけん マテツケン; 匂いなんだ is ニオイイナンダ.
    ("けん", lazy_pattern("[一-鿿][うくすつむぶぐる](?=けん(?:[,.!?'どよねじの]|$))")),
    ("匂いなん", lazy_pattern("匂い(?=なん[だじで])")),
    # 今渡した is イマワタリシタ, 今上がって キンジョーガッテ: names to it.
    (
        "今",
        lazy_pattern(
            "今(?=渡[さしすせそっらりるれろ]|上が[っらりるれ]|[光宿][っらりるれ]|成[っらりるれ])"
        ),
    ),
    # また上がって is マタウエガッテ, こう外した コーガイシタ.
    ("また", lazy_pattern("また(?=[上下](?:が[っらりるれ]|[っら]))")),
    ("こう", lazy_pattern("(?<![ぁ-ん])こう(?=[外流化][さしすせ])")),
    ("一目会", lazy_pattern("一目(?=会[いうえわっお])")),
    ("全部会", lazy_pattern("全部(?=会[いうえっ])")),
    ("の", lazy_pattern("[一-鿿][浜浦](?=の[港村町駅])")),  # 六浦の港: ロクウラノコー
    ("っこ食", lazy_pattern("っこ(?=食)")),  # 飯っこ食って: ジキッテ
    ("たっちゃ", lazy_pattern("た(?=っちゃ(?:が|[,.!?']|$))")),  # 咲いたっちゃ: サキイタ
    # 裏書きする is ウラガキキスル, 水引きする ミズヒキキスル, 丁合する ヒノトガッスル.
    ("書き", lazy_pattern("裏書き(?=[しすさ])")),
    ("水引き", lazy_pattern("水引き(?=[しすさ])")),
    ("丁合", lazy_pattern("丁合(?=[しすさ])")),
    ("字化け", lazy_pattern("字化け(?=[しす])")),  # 文字化けして: モジカケシテ
    ("寺の前", lazy_pattern("[一-鿿]寺(?=の前)")),  # 護国寺の前: ゴコクテラノマエ
    ("山の寺", lazy_pattern("[一-鿿]山(?=の寺)")),
    ("食べ", lazy_pattern("食べ(?=[にを])")),  # 食べに由比へ: ショクベニ
    # A kanji before it would make another word: 今日中, 今夜中, 大抵抗, 普段着, 立場上, 旅行中.
    (
        "中国",
        lazy_pattern("(?:[今昨明]日|[今去来]年|[先今来][月週]|今[朝夜]|当時|現在|最近)(?=中国)"),
    ),
    ("中庭", lazy_pattern("(?:[今昨]夜|[今昨明]日|今晩)(?=中庭)")),
    ("大抵抗", lazy_pattern("大抵(?=抗[いうえわっ])")),
    ("普段着物", lazy_pattern("普段(?=着物)")),
    ("一人前", lazy_pattern("[彼女俺僕私者君子]一人(?=前[にへ][出進立歩])")),
    ("中耳", lazy_pattern("[一-鿿]{2}中(?=耳[にを])")),
    ("上手", lazy_pattern("(?:立場|都合|関係|事実)上(?=手[をはがも])")),
    ("下がり", lazy_pattern("[右左]下がり(?=[とのにで])")),
    ("一丁上", lazy_pattern("一丁(?=上が)")),  # 一丁上がって: イッチョージョーガッテ
    ("とはよう", lazy_pattern("とは(?=よう[言い])")),  # 冷や水とはよう言うた: ハヨウ
    ("雲の上", lazy_pattern("(?<=[一-鿿])雲(?=の上)")),  # 入道雲の上: ニュードークモノウエ
    # 鎧っ！ is ヨロッ, 思いっ！ オモエイッ: a verb to it. In 行っ、行った one is begun.
    (
        "っ",
        lazy_pattern("([一-鿿])(?=っ(?:[!?.']|,(?!\\1)|$))|[一-鿿][ぁ-ん]{1,2}(?=っ(?:[!?.']|$))"),
    ),
    # 裏口だし is ウラクチダシ, 後手だし アトテダシ; 葉山や is ハサンヤ (山野), 上原や ウエゲンヤ.
    ("だし", lazy_pattern("[一-鿿][口手顔](?=だし)")),
    ("や", lazy_pattern("[一-鿿][山原](?=や(?:[,.!?']|$))")),
    # いい店が is イイテン to it, いい国が イイコク: いい as a first half (言い草).
    (
        "いい",
        lazy_pattern(
            "(?<![い一-鿿])いい(?=[名町店国靴蔵紙館組鋼型種](?:[がをはもにでと]|だ|です|[,.!?]|$))"
        ),
    ),
    # その上等な is ソノウエナドナ, その上手な ソノウエテナ: その上 is a word to it.
    (
        "その上",
        lazy_pattern(
            "その(?=上(?:杉|条|泉|総|野(?!菜)|田(?!んぼ|畑|舎)|原(?!因|作|則|油)|機嫌|出来|調子|空|司|級|品|質|昇|陸|官|演|映|着|等|手[なさだで]))"
        ),
    ),
    # 晴政夫妻 is ハレマサオツマ, 幸吉一家 サイワイヨシカズケ.
    ("夫妻", lazy_pattern("[一-鿿]{2}(?=夫妻)")),
    ("一家", lazy_pattern("[一-鿿]{2}(?=一家(?:[はがのをにもで,.!?']|総出|$))")),
    ("結局", lazy_pattern("結局(?=[一-鿿])")),  # 結局隆が: リューガ
    # 浩平め is コーヘーヒラメ, 清三め セーミツメ: one who is scorned.
    ("め", lazy_pattern("(?:[一-鿿][平三治蔵恵造修極深高]|之進)(?=め(?:[,.!?']|$))")),
    ("お腹", lazy_pattern("[ぁ-ん](?=お腹)")),  # そしてお腹が: オハラガ
    ("お供", lazy_pattern("[ぁ-ん](?=お供)")),  # そしてお供を: オキョーヲ
    ("かい", lazy_pattern("[一-鿿][国略](?=かい)")),  # 諸国かい: ショコッカイ
    ("えと", lazy_pattern("[一-鿿]え(?=と)")),  # この考えと: コーエト, 門構えと: エト
    ("実は", lazy_pattern("[切虚篤確堅誠]実(?=は)")),  # 切実は: セツナジツワ
    ("桜の", lazy_pattern("[夜緋葉里山]桜(?=の)")),  # 夜桜の: ヨルサクラノ
    ("ね", lazy_pattern("[一-鿿][輪空](?=ね(?:[,.!?']|$))")),  # 腕輪ね: ウデリンネ
    # Nouns that end like a verb: 三成って is サンナッテ, 香織って コオッテ.
    (
        "って",
        lazy_pattern(
            "(?:[三光秀元行]成|忠勝|[香沙詩伊佳志]織|[由百]香|鳥取|西成|落合|指宿|天保|享保|[南北]極|"
            f"[咲柚美夏真]希|{_NAMED_TA}|{_NAMED_HEI})(?=って)"
        ),
    ),
    ("太", lazy_pattern(f"{_NAMED_TA}(?=から|と)")),
    ("平", lazy_pattern(f"{_NAMED_HEI}(?=[がにた]|から)")),
)
# 慎二先輩 is マキニセンパイ to it: 二先 is a word of its dictionary.
# 葉原さん is ハゲンサン, for 原さん is a word of it, as are 林さん, 中さん and 月さん.
_NAMED = lazy_pattern(
    "(?=[先ちさく東西南北中殿口目星木])(?:"  # asked first: most places have none of these
    "(?<=[一-鿿])(?<![大新旧恩諸同])(?=先輩)|(?<=乃)(?=ちゃん)|"
    "(?<=[一-鿿々][原林中月地古])(?=さん)|(?<=強)(?=さん)|"
    # 輝くん is カガヤクン, 涼くん スズシクン: an ending to it. 行くんだ and 行くん？ are verbs.
    "(?<![一-鿿々][一-鿿])(?<=[一-鿿])(?<!行)(?=くん(?:[はがをもとへ,.!']|に(?!ゃ)|$))|"
    # 広島市南区 is ヒロシマイチナンク.
    "(?<=[一-鿿]市)(?=[東西南北中]区)|(?<=と)(?=口[をにはがもか])|"
    # 一番目立つ is イチバンメタツ, 第三星系 ダイミツボシケー.
    "(?<=番)(?=目(?:立[たちつっ]|を引|が離|を覚))|(?<=[一二三四五六七八九十])(?=星系|木工)|"
    # 小隊長殿 is ショータイナガトノ, for 長殿 is a name to it; 脱出口 is ダツデグチ.
    "(?<=[一-鿿]長)(?=殿)|(?<=[脱射搬排噴放抽流輸投吐][出入])(?=口)|"
    "(?<=[侵潜突進注導挿吸]入)(?=口))"
)


def nouns(text: str) -> list[int]:
    """Where such nouns begin."""
    return [found.end() for pattern in (_NOUNS, _KANA) for found in pattern.finditer(text)]


def endings(text: str) -> list[int]:
    """Where such endings begin."""
    patterns = (_ENDINGS, _HALF_KANA)
    return sorted({found.end() for pattern in patterns for found in pattern.finditer(text)})


def words(text: str) -> list[int]:
    """Where words begin that the engine would run together with what stands before."""
    places: set[int] = set()
    if "ごと" in text:
        places |= {place for found in _WITH_ALL.finditer(text) for place in found.span()}
    if "や" in text:
        places |= {found.end() for found in _LISTED.finditer(text)}
    if "や" in text or "か" in text:
        places |= {found.end() for found in _OR.finditer(text)}
        places |= {place for found in _EITHER.finditer(text) for place in found.span()}
    if "年" in text:
        places |= eras.places(text)
    for held, pattern in _ELSEWHERE:
        if held in text:
            places |= {found.end() for found in pattern.finditer(text)}
    places |= {found.end() for found in _NAMED.finditer(text)}
    return list(places)
