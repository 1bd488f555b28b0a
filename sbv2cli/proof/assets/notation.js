// Readings in the notation of `--reading`: kana, ' after the mora where the pitch falls, / between
// accent phrases, punctuation as pauses. The same rules as sbv2cli/languages/japanese/corrections.py.
const ACCENTS = "'’＇";
const WRITTEN_MARK = { ",": "、", ".": "。", "?": "？", "!": "！", "'": "”", "-": "-", "…": "…" };
const MARK_OF = new Map([
  ...Object.entries(WRITTEN_MARK).map(([mark, written]) => [written, mark]),
  ...[..."，,"].map((mark) => [mark, ","]),
  ...[..."．."].map((mark) => [mark, "."]),
  ["?", "?"],
  ["!", "!"],
  ...[..."“\"「」『』"].map((mark) => [mark, "'"]),
  ...[..."—–−"].map((mark) => [mark, "-"]),
]);

const notation = {
  mora: null, // set when the data are there, which name all moras
  sound: /[ァ-ヶー]/u,

  prepare(moras) {
    this.mora = new RegExp(moras.join("|"), "uy");
  },

  // Letters as the notation has them: full width, katakana.
  folded(text) {
    return Array.from(text, (letter) => {
      if (ACCENTS.includes(letter)) return "'";
      if (letter === "…") return letter;
      return Array.from(letter.normalize("NFKC"), (one) => {
        const code = one.codePointAt(0);
        return (code >= 0x3041 && code <= 0x3096) || code === 0x309d || code === 0x309e
          ? String.fromCodePoint(code + 0x60)
          : one;
      }).join("");
    }).join("").normalize("NFC");
  },

  // {items, error}: items are {moras, accent} (accent phrases) and {mark} (pauses), in order.
  parse(written) {
    const text = this.folded(written);
    const items = [];
    let phrase = { moras: [], accent: 0 };
    let sounded = false; // whether there is a mora since the last pause
    const wrong = (place, key) => ({ items, error: { place, letter: text[place], key } });
    const close = () => {
      if (phrase.moras.length) items.push(phrase);
      phrase = { moras: [], accent: 0 };
    };
    let place = 0;
    let apart = "";
    while (place < text.length) {
      const letter = text[place];
      if (this.sound.test(letter)) {
        this.mora.lastIndex = place;
        const found = this.mora.exec(text);
        if (!found) return wrong(place, "n_kana");
        if (found[0] === "ー" && !sounded) return wrong(place, "n_long");
        phrase.moras.push({ kana: found[0], apart });
        sounded = true;
        apart = "";
        place = this.mora.lastIndex;
        continue;
      }
      if (letter === "'") {
        if (!phrase.moras.length) return wrong(place, "n_accent");
        if (phrase.accent) return wrong(place, "n_accents");
        phrase.accent = phrase.moras.length;
      } else if (letter === "/") {
        if (!phrase.moras.length) return wrong(place, "n_phrase");
        close();
      } else if (MARK_OF.has(letter)) {
        close();
        items.push({ mark: WRITTEN_MARK[MARK_OF.get(letter)] });
        sounded = false;
      } else if (letter === "_") {
        if (!this.sound.test(text[place + 1] || "")) return wrong(place, "n_devoiced");
        apart = "_";
      } else if (/\s/u.test(letter)) {
        apart = phrase.moras.length ? " " : "";
      } else {
        return wrong(place, "n_kana");
      }
      place += 1;
    }
    close();
    return { items, error: null };
  },

  format(items) {
    let text = "";
    let before = null;
    for (const item of items) {
      if (item.mark) {
        text += item.mark;
      } else {
        if (before && !before.mark) text += "/";
        item.moras.forEach((mora, index) => {
          text += (index ? mora.apart : mora.apart.trim()) + mora.kana;
          if (index + 1 === item.accent) text += "'";
        });
      }
      before = item;
    }
    return text;
  },

  // The same with other moras in the place of some; they bring their accent, if they have one.
  replaced(items, from, until, other) {
    const moras = this.moras(other);
    const accent = other.find((item) => item.accent)?.accent || 0;
    const result = [];
    let place = 0;
    let put = false;
    for (const item of items) {
      if (item.mark) {
        result.push(item);
        continue;
      }
      const start = Math.max(0, from - place);
      const end = Math.min(item.moras.length, until - place);
      place += item.moras.length;
      if (start >= item.moras.length || end <= start) {
        result.push(item);
        continue;
      }
      const added = put ? [] : moras;
      const changed = {
        moras: [...item.moras.slice(0, start), ...added, ...item.moras.slice(end)],
        accent: item.accent > end ? item.accent - (end - start) + added.length : item.accent,
      };
      if (item.accent > start && item.accent <= end) changed.accent = 0;
      if (!put && accent) changed.accent = start + accent;
      put = true;
      if (changed.moras.length) result.push(changed);
    }
    return result;
  },

  // 1 for each high mora of a phrase, 0 for a low one.
  tones(count, accent) {
    if (count <= 1) return Array(count).fill(accent === 1 ? 1 : 0);
    if (accent === 1) return Array.from({ length: count }, (_, index) => (index ? 0 : 1));
    const high = accent <= 0 || accent >= count ? count : accent;
    return Array.from({ length: count }, (_, index) => (index > 0 && index < high ? 1 : 0));
  },

  moras(items) {
    return items.flatMap((item) => (item.mark ? [] : item.moras));
  },

  message(error) {
    return t("n_place", { place: error.place + 1, letter: error.letter, message: t(error.key) });
  },
};
