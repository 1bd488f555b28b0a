// The panel below a line in which its reading and delivery are corrected.
function editorOf(line) {
  const mark = store.of(line);
  const isKana = line.kana !== undefined || (line.language || "ja") === "ja";
  const original = line.kana || line.spoken || "";
  const input = element("textarea", {
    id: "reading",
    rows: Math.min(6, 1 + Math.floor(original.length / 50)),
    spellcheck: "false",
    autocapitalize: "off",
    lang: line.language || "ja",
    oninput: () => preview(),
    onkeydown: (event) => {
      // Enter applies, as a reading is one row; the Enter that ends a conversion to kana does not.
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      panel.requestSubmit();
    },
  });
  input.value = mark.reading ?? original;
  const shown = element("div", { class: "preview" });
  const error = element("p", { class: "problem", id: "problem", role: "alert" });
  input.setAttribute("aria-describedby", "problem");
  const panel = element(
    "form",
    { class: "editor", "aria-label": t("editor"), onsubmit: (event) => apply(event) },
    element("label", { for: "reading", text: isKana ? t("reading") : t("readingOther") }),
    input,
    error,
    shown,
    isKana ? element("p", { class: "hint", text: t("clickMora") }) : null,
  );
  const delivery = deliveryOf(line, mark);
  if (isKana) panel.append(suggestions());
  panel.append(delivery.element, wordsOf(line));
  panel.append(
    element(
      "div",
      { class: "buttons" },
      element("button", { type: "submit", class: "primary", text: t("apply") }),
      element("button", { type: "button", text: t("cancel"), onclick: () => editor.close() }),
      store.corrected(line) || store.before(line)
        ? element("button", { type: "button", text: t("reset"), onclick: () => editor.reset(line) })
        : null,
    ),
  );
  preview();
  return panel;

  function preview() {
    error.textContent = "";
    input.removeAttribute("aria-invalid");
    if (!isKana) return true;
    const { items, error: found } = notation.parse(input.value);
    if (found) {
      error.textContent = notation.message(found);
      input.setAttribute("aria-invalid", "true");
    } else if (!notation.moras(items).length && input.value.trim() !== original.trim()) {
      error.textContent = t("n_empty");
      input.setAttribute("aria-invalid", "true");
    }
    shown.replaceChildren(kanaOf(items, found ? null : (item, mora, atBorder) => click(items, item, mora, atBorder)));
    return !error.textContent;
  }

  // Other readings of words that are in doubt; a click takes one over.
  function suggestions() {
    const made = element("div", { class: "doubts" });
    for (const doubt of line.doubts) {
      const moras = morasOf(line, doubt.span);
      if (!doubt.others.length || !moras) continue;
      const why = doubt.reasons.map(reasonText).join(t("comma"));
      const row = element(
        "div",
        { class: "choices" },
        element("b", { text: doubt.surface }),
        element("span", { class: "hint", text: `${doubt.kana || ""} ${why}` }),
        ...doubt.others.map((other) =>
          element("button", {
            type: "button",
            class: "choice",
            text: `→ ${other}`,
            onclick: () => takeOver(moras, other),
          }),
        ),
      );
      made.append(row);
    }
    return made;
  }

  function takeOver([from, until], other) {
    const { items } = notation.parse(original);
    input.value = notation.format(notation.replaced(items, from, until, notation.parse(other).items));
    preview();
  }

  // The pitch falls after the mora that was clicked; a border divides a phrase, or joins two.
  function click(items, number, mora, atBorder) {
    const item = items[number];
    if (!atBorder) {
      item.accent = item.accent === mora + 1 ? 0 : mora + 1;
    } else if (mora === 0) {
      const before = items[number - 1];
      if (!before.accent && item.accent) before.accent = before.moras.length + item.accent;
      before.moras.push(...item.moras);
      items.splice(number, 1);
    } else {
      const rest = { moras: item.moras.slice(mora), accent: Math.max(0, item.accent - mora) };
      item.moras = item.moras.slice(0, mora);
      if (item.accent > mora) item.accent = 0;
      items.splice(number + 1, 0, rest);
    }
    const focused = [...shown.querySelectorAll("button")].indexOf(document.activeElement);
    input.value = notation.format(items);
    preview();
    shown.querySelectorAll("button")[focused]?.focus();
  }

  function apply(event) {
    event.preventDefault();
    if (!preview()) {
      input.focus();
      return;
    }
    const reading = input.value.trim();
    store.set(line, { reading: reading === original ? undefined : reading, ...delivery.values() });
    editor.close();
  }
}

// From which mora to which the words of a part of the text are said.
function morasOf(line, [first, last]) {
  const inside = line.words.filter((word) => word[0] >= first && word[1] <= last);
  if (!inside.length) return null;
  return [Math.min(...inside.map((word) => word[2])), Math.max(...inside.map((word) => word[3]))];
}

// Take, speed, pitch, and what else a correction can say.
function deliveryOf(line, mark) {
  const number = (name, label, attributes) => {
    const input = element("input", { type: "number", id: `d-${name}`, ...attributes });
    if (mark[name] !== undefined) input.value = mark[name];
    input.placeholder = store.corrections(line)[name] ?? "";
    return [element("label", { for: `d-${name}`, text: label }), input];
  };
  const skip = element("input", { type: "checkbox", id: "d-skip" });
  skip.checked = Boolean(mark.skip);
  const note = element("input", { type: "text", id: "d-note", value: mark.note || "" });
  const made = element(
    "div",
    { class: "delivery" },
    element("span", {}, ...number("take", t("otherTake"), { min: 1, max: 1000, step: 1 })),
    element("span", {}, ...number("speed", t("speed"), { min: 0.2, max: 5, step: 0.05 })),
    element("span", {}, ...number("pitch", t("pitch"), { min: -12, max: 12, step: 0.5 })),
    element("span", {}, skip, element("label", { for: "d-skip", text: t("skip") })),
    element("span", { class: "wide" }, element("label", { for: "d-note", text: t("note") }), note),
  );
  const value = (name) => {
    const text = made.querySelector(`#d-${name}`).value;
    return text === "" || !Number.isFinite(Number(text)) ? undefined : Number(text);
  };
  return {
    element: made,
    values: () => ({
      take: value("take"),
      speed: value("speed"),
      pitch: value("pitch"),
      skip: skip.checked || undefined,
      note: note.value.trim() || undefined,
    }),
  };
}

// The words of a line as buttons; a chosen one is put into the dictionary with its reading.
function wordsOf(line) {
  const made = element("div", { class: "words" });
  if (!line.words.length) return made;
  const form = element("div", { class: "word", hidden: true });
  const buttons = element("div", { class: "choices", role: "group", "aria-label": t("words") });
  for (const word of line.words) {
    const found = dictionary.word(line, word);
    const known = store.words.get(found.surface);
    buttons.append(
      element("button", {
        type: "button",
        class: known ? "choice known" : "choice",
        text: found.surface,
        title: known ? known.reading : found.reading,
        onclick: () => show(known ? { surface: found.surface, ...known } : found),
      }),
    );
  }
  made.append(element("p", { class: "hint", text: t("wordHint") }), buttons, form);
  return made;

  function show(word) {
    const surface = element("input", { type: "text", id: "w-surface", value: word.surface });
    const reading = element("input", { type: "text", id: "w-reading", value: word.reading, lang: "ja" });
    const accent = element("select", { id: "w-accent" });
    const error = element("span", { class: "problem", role: "alert" });
    const add = element("button", { type: "button", class: "primary", onclick: () => put() });
    const remove = element("button", {
      type: "button",
      text: t("wordRemove", { word: word.surface }),
      onclick: () => {
        dictionary.remove(word.surface);
        editor.redraw();
      },
    });
    const changed = () => {
      add.textContent = t("wordAdd", { n: dictionary.count(surface.value.trim()) });
      const chosen = accent.value;
      const { items, error: found } = notation.parse(reading.value);
      const moras = notation.moras(items);
      const plain = !found && items.length === 1 && moras.length > 0;
      error.textContent = found ? notation.message(found) : plain ? "" : t("n_empty");
      add.disabled = !plain || !surface.value.trim();
      accent.replaceChildren(
        element("option", { value: "", text: t("wordAuto") }),
        element("option", { value: "0", text: t("wordFlat") }),
        ...moras.map((mora, index) =>
          element("option", { value: index + 1, text: `${index + 1} ${mora.kana}＼` }),
        ),
      );
      if (plain && items[0].accent) accent.value = String(items[0].accent);
      else accent.value = [...accent.options].some((one) => one.value === chosen) ? chosen : "";
    };
    const put = () => {
      const { items } = notation.parse(reading.value);
      const kana = notation.moras(items).map((mora) => mora.kana).join("");
      dictionary.set(surface.value.trim(), kana, accent.value === "" ? null : Number(accent.value));
      editor.redraw();
    };
    surface.addEventListener("input", changed);
    reading.addEventListener("input", changed);
    // Enter adds the word, and does not end the correction of the line.
    form.onkeydown = (event) => {
      if (event.key !== "Enter" || event.target.tagName === "BUTTON") return;
      event.preventDefault();
      if (!add.disabled) put();
    };
    form.replaceChildren(
      element("span", {}, element("label", { for: "w-surface", text: t("wordSurface") }), surface),
      element("span", {}, element("label", { for: "w-reading", text: t("wordReading") }), reading),
      element("span", {}, element("label", { for: "w-accent", text: t("wordAccent") }), accent),
      add,
      ...(store.words.has(word.surface) ? [remove] : []),
      error,
    );
    form.hidden = false;
    changed();
    accent.value = word.accent === null ? "" : String(word.accent);
    reading.focus();
  }
}

const editor = {
  open(index) {
    const before = list.keep;
    list.keep = index;
    if (before !== null && before !== index) list.refresh(before);
    list.refresh(index);
    list.reveal(index);
    document.getElementById("reading")?.focus();
  },

  close() {
    const index = list.keep;
    list.keep = null;
    if (index === null) return;
    list.refresh(index);
    tellCounts();
    list.mounted.get(index)?.focus({ preventScroll: true });
  },

  reset(line) {
    const none = Object.fromEntries(CORRECTIONS.map((name) => [name, undefined]));
    store.set(line, { ...none, undone: Object.keys(line.corrections).length > 0 || undefined });
    this.close();
  },

  // Show the panel again, with what was written and not yet applied.
  redraw() {
    const written = document.getElementById("reading")?.value;
    list.refresh(list.keep);
    const input = document.getElementById("reading");
    if (input && written !== undefined) {
      input.value = written;
      input.dispatchEvent(new Event("input"));
    }
    tellCounts();
  },
};
