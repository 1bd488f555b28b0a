// What a person did: heard, marked, corrected. Kept by the browser for this output folder.
const store = {
  marks: new Map(), // line id -> {heard, mark, reading, take, speed, pitch, skip, note, text}
  words: new Map(), // surface -> {reading, accent}
  kept: true,
  timer: 0,

  start() {
    try {
      this.read(JSON.parse(localStorage.getItem(this.key()) || "{}"));
    } catch {
      // Nothing is kept here, or what is kept is no JSON: the next mark tells, or replaces it.
    }
  },

  key() {
    return `sbv2-proof:${data.head.job}`;
  },

  read(saved) {
    let count = 0;
    for (const [id, mark] of pairs(saved?.marks)) {
      if (typeof id === "string" && mark && typeof mark === "object") {
        this.marks.set(id, tidy(mark));
        count += 1;
      }
    }
    for (const [surface, word] of pairs(saved?.words)) {
      if (typeof surface === "string" && word && typeof word.reading === "string") {
        const accent = Number.isInteger(word.accent) ? word.accent : null;
        this.words.set(surface, { reading: word.reading, accent });
      }
    }
    return count;
  },

  saved() {
    return { kind: "sbv2.marks", version: 1, job: data.head.job, marks: [...this.marks], words: [...this.words] };
  },

  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), 300);
  },

  keep() {
    clearTimeout(this.timer);
    try {
      localStorage.setItem(this.key(), JSON.stringify(this.saved()));
    } catch {
      if (this.kept) announce(t("storageOff"));
      this.kept = false;
    }
  },

  // Marks of another text or of a sound that was made again say nothing.
  of(line) {
    const mark = this.marks.get(line.id);
    if (!mark) return {};
    if (mark.text && line.text_key && mark.text !== line.text_key) return {};
    return mark;
  },

  set(line, change) {
    const mark = { ...this.of(line), ...change, text: line.text_key };
    for (const [name, value] of Object.entries(mark)) {
      if (value === undefined || value === "" || value === false) delete mark[name];
    }
    this.marks.set(line.id, mark);
    this.changed();
  },

  mark(line) {
    const { mark, on } = this.of(line);
    return mark && (!on || line.takes.some((take) => take.key === on)) ? mark : null;
  },

  setMark(line, mark, take) {
    this.set(line, { mark: mark || undefined, on: mark && take ? take.key : undefined });
  },

  heard(line) {
    const heard = this.of(line).heard || [];
    return line.takes.some((take) => take.key && heard.includes(take.key));
  },

  setHeard(line, take) {
    const heard = this.of(line).heard || [];
    if (!take.key || heard.includes(take.key)) return false;
    const keys = new Set(line.takes.map((one) => one.key));
    this.set(line, { heard: [...heard.filter((key) => keys.has(key)), take.key] });
    return true;
  },

  // Whether earlier corrections still hold.
  before(line) {
    return Object.keys(line.corrections).length > 0 && !this.of(line).undone;
  },

  // All that corrections say of a line now.
  corrections(line) {
    const mark = this.of(line);
    const said = mark.undone ? {} : { ...line.corrections };
    for (const name of CORRECTIONS) if (mark[name] !== undefined) said[name] = mark[name];
    return said;
  },

  // Whether a line is to be made in another way than this time.
  corrected(line) {
    const mark = this.of(line);
    return Boolean(mark.undone) || CORRECTIONS.some((name) => mark[name] !== undefined);
  },
};

const CORRECTIONS = ["reading", "take", "speed", "pitch", "skip", "note"];

// Only lists of two, of what a file or the browser has kept.
function pairs(kept) {
  return Array.isArray(kept) ? kept.filter((one) => Array.isArray(one) && one.length === 2) : [];
}

// Only fields that we know, of the types that they have.
function tidy(mark) {
  const kinds = {
    mark: "string",
    on: "string",
    reading: "string",
    take: "number",
    speed: "number",
    pitch: "number",
    skip: "boolean",
    undone: "boolean",
    note: "string",
    text: "string",
  };
  const found = {};
  for (const [name, kind] of Object.entries(kinds)) {
    if (typeof mark[name] === kind) found[name] = mark[name];
  }
  if (Array.isArray(mark.heard)) found.heard = mark.heard.filter((key) => typeof key === "string");
  if (!["wrong", "ok"].includes(found.mark)) delete found.mark;
  return found;
}
