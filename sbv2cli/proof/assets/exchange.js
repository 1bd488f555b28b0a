// Files that leave the page and come back to it.
const exchange = {
  // A row for each line that is corrected, now or before this run, as `sbv2 render --corrections` reads it.
  corrections() {
    const rows = [];
    for (const line of data.lines.filter(Boolean)) {
      const said = store.corrections(line);
      if (store.mark(line) === "wrong" && !Object.keys(said).length) said.note = "wrong";
      if (!Object.keys(said).length) continue;
      rows.push({ id: line.id, ...(line.text_key ? { text_key: line.text_key } : {}), ...said });
    }
    return rows;
  },

  words() {
    const cell = (text) => (/[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const rows = [...store.words].map(([surface, { reading, accent }]) =>
      [cell(surface), cell(reading), accent === null ? "" : accent].join(","),
    );
    return ["surface,reading,accent", ...rows, ""].join("\n");
  },

  save(name, text, type) {
    const link = element("a", { download: name });
    link.href = URL.createObjectURL(new Blob([text], { type }));
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  },

  saveCorrections() {
    const rows = this.corrections().map((row) => `${JSON.stringify(row)}\n`);
    this.save("corrections.jsonl", rows.join(""), "application/x-ndjson");
  },

  saveWords() {
    this.save("words.csv", this.words(), "text/csv");
  },

  saveMarks() {
    this.save("proof-marks.json", JSON.stringify(store.saved(), null, 1), "application/json");
  },

  async loadMarks(file) {
    let saved;
    try {
      saved = JSON.parse(await file.text());
    } catch {
      saved = null;
    }
    if (!saved || saved.kind !== "sbv2.marks") {
      announce(t("marksOther"));
      return;
    }
    const n = store.read(saved);
    store.keep();
    showAll();
    announce(t(saved.job === data.head.job ? "marksLoaded" : "marksForeign", { n }));
  },

  // What makes the corrected lines again: the command that made the folder, and both files.
  command() {
    const parts = [data.head.command];
    if (this.corrections().length) parts.push("--corrections corrections.jsonl");
    const words = "--dict words.csv";
    if (store.words.size && !data.head.command.includes(words)) parts.push(words);
    return parts.join(" ");
  },
};
