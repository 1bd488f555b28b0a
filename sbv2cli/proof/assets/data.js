// The data of the page: inside it, or in files beside it that are loaded as scripts.
const data = {
  head: null,
  lines: [],
  drawings: [],
  asked: new Set(),
  waiting: [], // what to do when a file of drawings is there

  start(loaded) {
    this.head = JSON.parse(document.getElementById("data").textContent);
    notation.prepare(this.head.moras);
    this.letters = new Map(Array.from(this.head.alphabet, (letter, index) => [letter, index]));
    this.lines = new Array(this.head.count);
    this.drawings = new Array(this.head.count);
    if (this.head.lines) {
      this.add(this.head.key, "lines", 0, this.head.lines);
      this.add(this.head.key, "drawings", 0, this.head.drawings);
      loaded(true);
      return;
    }
    // One after the other, so that the first lines are seen at once.
    const next = (part) => {
      const last = part * this.head.per >= this.head.count;
      if (part) loaded(last);
      if (!last) this.load("lines", part, () => setTimeout(next, 0, part + 1));
    };
    next(0);
  },

  add(key, name, first, rows) {
    if (key !== this.head.key) {
      announce(t("dataOther"));
      return;
    }
    rows.forEach((row, index) => {
      this[name][first + index] = name === "lines" ? complete(row, first + index) : row;
    });
  },

  load(name, part, after) {
    const script = document.createElement("script");
    const file = `${this.head.folder}${name}-${part}.js`;
    script.onload = () => {
      script.remove();
      after();
    };
    script.onerror = () => announce(t("dataMissing", { file }));
    script.src = file;
    document.head.append(script);
  },

  // The drawing of a take, or null until its file is loaded.
  drawing(index, take, after) {
    const found = this.drawings[index];
    if (found) return found[take] || null;
    const part = Math.floor(index / this.head.per);
    this.waiting.push(after);
    if (!this.asked.has(part)) {
      this.asked.add(part);
      this.load("drawings", part, () => {
        const waiting = this.waiting;
        this.waiting = [];
        waiting.forEach((one) => one());
      });
    }
    return null;
  },

  // Where a sound is: its file, or its bytes inside the page.
  url(file) {
    if (!this.inside) {
      const inside = [...document.querySelectorAll("script[data-file]")];
      this.inside = new Map(inside.map((one) => [one.dataset.file, one]));
    }
    const found = this.inside.get(file);
    if (!found) return file;
    if (typeof found !== "string") {
      const bytes = Uint8Array.from(atob(found.textContent.trim()), (one) => one.charCodeAt(0));
      this.inside.set(file, URL.createObjectURL(new Blob([bytes])));
    }
    return this.inside.get(file);
  },
};

// A line with the fields that are left out where they are empty, and what is worked out once.
function complete(line, index) {
  const whole = {
    text: "",
    ruby: [],
    words: [],
    findings: [],
    doubts: [],
    doubt: 0,
    corrections: {}, // what was corrected before this run
    takes: [],
    suspicion: 0,
    ...line,
    index,
  };
  for (const take of whole.takes) {
    take.times ||= [];
    take.outliers ||= [];
    take.seconds ||= 0;
  }
  for (const doubt of whole.doubts) {
    doubt.others ||= [];
    doubt.reasons ||= [];
  }
  whole.outliers = whole.takes.flatMap((take) => take.outliers);
  whole.serious = whole.findings.some((finding) => finding.severity !== "note");
  return whole;
}

window.sbv2proof = data;
