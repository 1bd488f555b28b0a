// Words whose reading a person has decided, for every line that has them: `words.csv`.
const dictionary = {
  // The words of the dictionary that stand in a line.
  in(line) {
    return [...store.words.keys()].filter((surface) => line.text.includes(surface));
  },

  count(surface) {
    return surface ? data.lines.filter((line) => line.text.includes(surface)).length : 0;
  },

  set(surface, reading, accent) {
    store.words.set(surface, { reading, accent });
    store.changed();
    this.refresh(surface);
  },

  remove(surface) {
    store.words.delete(surface);
    store.changed();
    this.refresh(surface);
  },

  refresh(surface) {
    for (const index of [...list.mounted.keys()]) {
      if (data.lines[index].text.includes(surface) && index !== list.keep) list.refresh(index);
    }
    tellCounts();
  },

  // What a word of a line says now: its kana, and the mora after which the pitch falls. Where it
  // does not fall inside the word, its own accent cannot be known from its phrase.
  word(line, [first, last, begin, until]) {
    const surface = Array.from(line.text).slice(first, last).join("");
    const { items } = notation.parse(line.kana || "");
    let place = 0;
    let kana = "";
    let accent = null;
    for (const item of items) {
      if (item.mark) continue;
      item.moras.forEach((mora, index) => {
        if (place >= begin && place < until) {
          kana += mora.kana;
          if (index + 1 === item.accent) accent = place - begin + 1;
        }
        place += 1;
      });
    }
    return { surface, reading: kana, accent };
  },
};
