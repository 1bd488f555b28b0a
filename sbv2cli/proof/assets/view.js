// Which lines are shown, and in which order.
const FILTERS = {
  doubt: (line) => line.doubt >= data.head.doubtful,
  finding: (line) => line.serious,
  outlier: (line) => line.outliers.length > 0,
  changed: (line) => Boolean(line.change) && line.change.what !== "reused",
  unheard: (line) => !store.heard(line),
  wrong: (line) => store.mark(line) === "wrong",
  accepted: (line) => store.mark(line) === "ok",
  edited: (line) => store.corrected(line) || store.before(line) || dictionary.in(line).length > 0,
};

const SORTS = {
  suspicion: (one, other) => other.suspicion - one.suspicion || one.index - other.index,
  script: (one, other) => one.index - other.index,
  longest: (one, other) => longest(other) - longest(one) || one.index - other.index,
  speed: (one, other) => pace(other) - pace(one) || one.index - other.index,
};

const view = {
  filters: new Set(),
  character: "",
  chapter: "",
  query: "",
  sort: "suspicion",
  indices: [],

  update() {
    const tests = [...this.filters].map((name) => FILTERS[name]);
    const words = searchable(this.query).split(/\s+/u).filter(Boolean);
    this.indices = data.lines
      .filter(
        (line) =>
          (!this.character || line.character === this.character) &&
          (!this.chapter || String(line.chapter) === this.chapter) &&
          tests.every((test) => test(line)) &&
          words.every((word) => found(line).includes(word)),
      )
      .sort(SORTS[this.sort])
      .map((line) => line.index);
  },

  // How many lines each filter has, whatever else is chosen.
  counts() {
    const counts = Object.fromEntries(Object.keys(FILTERS).map((name) => [name, 0]));
    let heard = 0;
    data.lines.forEach((line) => {
      for (const [name, test] of Object.entries(FILTERS)) if (test(line)) counts[name] += 1;
    });
    heard = data.lines.filter(Boolean).length - counts.unheard;
    return { counts, heard };
  },
};

function longest(line) {
  return Math.max(0, ...line.takes.map((take) => take.seconds));
}

function pace(line) {
  return Math.max(0, ...line.takes.map((take) => take.times.length / 2 / (take.seconds || 1)));
}

// Hiragana and katakana, wide and narrow, large and small letters are the same to a search.
function searchable(text) {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u3041-\u3096]/gu, (kana) => String.fromCodePoint(kana.codePointAt(0) + 0x60));
}

function found(line) {
  if (line.searchable === undefined) {
    const kana = (line.kana || line.spoken || "").replace(/['/]/gu, "");
    const parts = [line.text, kana, line.id, line.character || "", line.chapter_title || ""];
    line.searchable = searchable(parts.join("\n"));
  }
  return line.searchable;
}
