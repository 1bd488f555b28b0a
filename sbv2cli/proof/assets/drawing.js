// Texts, readings and sounds as they are drawn. Texts become text nodes and nothing else.
const SHOWN_DOUBT = 0.08; // of a word; most words are a little in doubt

function element(name, options = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") made.className = value;
    else if (key === "text") made.textContent = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// The text of a line with its ruby; what findings and doubts point to is underlined.
function textOf(line) {
  const letters = Array.from(line.text); // spans count code points
  const kinds = new Array(letters.length).fill("");
  const notes = new Array(letters.length).fill("");
  const under = (at, kind, note) => {
    for (let place = at[0]; place < Math.min(at[1], letters.length); place += 1) {
      kinds[place] = kind;
      notes[place] = note;
    }
  };
  line.findings.forEach((one) => one.at && under(one.at, `at ${one.severity}`, one.message));
  line.doubts
    .filter((one) => one.weight >= SHOWN_DOUBT)
    .forEach((one) => under(one.span, "at doubt", doubtText(one)));
  const made = element("div", { class: "text", lang: line.language || "ja", dir: "auto" });
  const plain = (parent, start, end) => {
    for (let from = start; from < end; ) {
      let until = from + 1;
      while (until < end && kinds[until] === kinds[from] && notes[until] === notes[from]) until += 1;
      const text = letters.slice(from, until).join("");
      parent.append(
        kinds[from] ? element("span", { class: kinds[from], title: notes[from], text }) : text,
      );
      from = until;
    }
  };
  let place = 0;
  for (const [start, end, reading] of line.ruby) {
    plain(made, place, start);
    const ruby = element("ruby");
    plain(ruby, start, end);
    ruby.append(element("rt", { text: reading }));
    made.append(ruby);
    place = end;
  }
  plain(made, place, letters.length);
  return made;
}

function doubtText(doubt) {
  const reasons = (doubt.reasons || []).map(reasonText).join(t("comma"));
  const others = (doubt.others || []).length ? `→ ${doubt.others.join(" ")}` : "";
  return `${doubt.surface}: ${doubt.kana || ""} ${others}\n${reasons}`;
}

function reasonText(code) {
  const key = `r_${code}`;
  return key in STRINGS[language] ? t(key) : code;
}

// The reading of a line with the line over high moras and the hook where the pitch falls.
// `click(item, mora)` makes it a set of buttons; a mora of null is the place before a phrase.
function kanaOf(items, click) {
  const made = element("div", { class: "kana", lang: "ja" });
  const moras = [];
  items.forEach((item, number) => {
    if (item.mark) {
      // The pause of a quotation mark is a matter of the notation, which is seen in the editor.
      if (item.mark === "”" && !click) return;
      made.append(element("span", { class: "mark", text: item.mark }));
      return;
    }
    const phrase = element("span", { class: "phrase" });
    const tones = notation.tones(item.moras.length, item.accent);
    item.moras.forEach((mora, index) => {
      const rises = index > 0 && tones[index] && !tones[index - 1];
      const falls = index + 1 === item.accent;
      const kind = `mora${tones[index] ? " high" : ""}${rises ? " rise" : ""}${falls ? " fall" : ""}`;
      if (click && index) phrase.append(border(() => click(number, index, true)));
      const one = click
        ? element("button", {
            class: kind,
            type: "button",
            text: mora.kana,
            "aria-pressed": falls ? "true" : "false",
            onclick: () => click(number, index, false),
          })
        : element("span", { class: kind, text: mora.kana });
      phrase.append(one);
      moras.push(one);
    });
    made.append(phrase);
    const next = items[number + 1];
    if (click && next && !next.mark) made.append(border(() => click(number + 1, 0, true), true));
    else if (next && !next.mark) made.append(element("wbr"));
  });
  made.moras = moras;
  return made;
}

function border(click, on = false) {
  return element("button", {
    class: on ? "border on" : "border",
    type: "button",
    tabindex: "-1",
    "aria-label": "/",
    onclick: click,
  });
}

// How a waveform is drawn: as large as all of them are, in colours of the style sheet, so that light
// and dark have one home. Asked once for many rows, since the browser lays out the page to answer.
function paperOf(row) {
  const canvas = row.querySelector("canvas");
  const style = getComputedStyle(document.documentElement);
  return {
    width: canvas.clientWidth,
    height: canvas.clientHeight,
    ink: {
      wave: style.getPropertyValue("--wave"),
      pitch: style.getPropertyValue("--pitch"),
      grid: style.getPropertyValue("--rule"),
    },
  };
}

function draw(canvas, drawing, { width, height, ink }) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.fillStyle = ink.grid;
  pen.fillRect(0, height / 2 - 0.5, width, 1);
  if (!drawing) return;
  const [peaks, pitch] = drawing.map((text) => Array.from(text, (one) => data.letters.get(one) || 0));
  const top = data.letters.size - 1;
  // Bars of two pixels with a gap of one, each as high as the highest column below it.
  const bars = Math.max(1, Math.floor(width / 3));
  pen.fillStyle = ink.wave;
  for (let bar = 0; bar < bars; bar += 1) {
    const from = Math.floor((bar * peaks.length) / bars);
    const until = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / bars));
    let peak = 0;
    for (let column = from; column < until; column += 1) peak = Math.max(peak, peaks[column] || 0);
    const high = Math.max(1, (peak / top) * (height - 4));
    pen.fillRect((bar * width) / bars, (height - high) / 2, Math.max(1, width / bars - 1), high);
  }
  drawPitch(pen, pitch, width, height, ink);
}

// The pitch on a scale of two octaves around the middle one of the line.
function drawPitch(pen, pitch, width, height, ink) {
  const voiced = pitch.filter((step) => step > 0).sort((one, other) => one - other);
  if (voiced.length < 4) return;
  const middle = voiced[voiced.length >> 1];
  const range = 24 * data.head.steps;
  const y = (step) => {
    const place = 0.5 - (step - middle) / range;
    return 3 + Math.min(1, Math.max(0, place)) * (height - 6);
  };
  pen.strokeStyle = ink.pitch;
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.lineCap = "round";
  pen.beginPath();
  for (const [from, until] of voicedRuns(pitch)) {
    for (let column = from; column < until; column += 1) {
      // The mean of the neighbours takes away the steps of the scale.
      const around = pitch.slice(Math.max(from, column - 1), Math.min(until, column + 2));
      const mean = around.reduce((sum, one) => sum + one, 0) / around.length;
      const x = ((column + 0.5) * width) / pitch.length;
      if (column === from) pen.moveTo(x, y(mean));
      else pen.lineTo(x, y(mean));
    }
  }
  pen.stroke();
}

// Stretches of voice without a jump; a stretch of one or two columns is no pitch that anybody hears.
function voicedRuns(pitch) {
  const jump = 4 * data.head.steps;
  const runs = [];
  let from = 0;
  for (let column = 1; column <= pitch.length; column += 1) {
    if (pitch[column] && pitch[column - 1] && Math.abs(pitch[column] - pitch[column - 1]) < jump) continue;
    if (pitch[from] && column - from > 2) runs.push([from, column]);
    from = column;
  }
  return runs;
}
