// A line as it is shown.
let current = null; // index of the selected line

const SYMBOLS = { failed: "✕", error: "✕", warning: "▲", note: "・", outlier: "◆", doubt: "？", changed: "↻" };

function rowOf(index) {
  const line = data.lines[index];
  const mark = store.of(line);
  const number = player.takeOf(line);
  const take = line.takes[number] || { outliers: [], times: [], seconds: 0 };
  const items = notation.parse(mark.reading ?? line.kana ?? "").items;
  const canvas = element("canvas", { "aria-hidden": "true" });
  const head = element("div", { class: "head", "aria-hidden": "true" });
  const wave = element(
    "div",
    { class: "wave", title: t("waveform"), onclick: (event) => seek(event) },
    canvas,
    head,
    element("span", {
      class: "seconds",
      text: take.file ? t("seconds", { n: take.seconds.toFixed(1) }) : t("noSound"),
    }),
  );
  const kana =
    line.kana !== undefined || mark.reading !== undefined
      ? kanaOf(items)
      : element("div", { class: "kana plain", text: line.spoken || "" });
  const row = element(
    "article",
    {
      class: classOf(line, index),
      tabindex: index === current ? "0" : "-1",
      "aria-label": `${t("number", { n: line.number })} ${line.text.slice(0, 200)}`,
      onclick: (event) => event.target.closest("button, input, textarea, select, label") || select(index),
    },
    element("div", { class: "side" }, playButton(), element("span", { class: "number", text: line.number }), takesOf()),
    element("div", { class: "body" }, metaOf(line, take), textOf(line), kana),
    wave,
    actions(),
    index === list.keep ? editorOf(line) : null,
  );
  const play = row.querySelector(".play");
  let now = -1;

  row.drawn = (paper) => {
    const again = () => row.isConnected && row.drawn(paperOf(row));
    draw(canvas, data.drawing(index, number, again), paper);
  };
  row.showPlaying = (playing) => {
    row.classList.toggle("playing", playing);
    play.setAttribute("aria-label", playing ? t("pause") : t("play"));
    play.textContent = playing ? "❚❚" : "▶";
  };
  // Move the playhead along the waveform and the reading; null takes it away.
  row.showTime = (seconds, length) => {
    head.style.transform = seconds === null ? "" : `translateX(${(seconds / length) * wave.clientWidth}px)`;
    head.classList.toggle("on", seconds !== null);
    const moras = kana.moras || [];
    const next = seconds === null ? -1 : moraAt(take.times, 1000 * seconds, moras.length);
    if (next === now) return;
    moras[now]?.classList.remove("now");
    moras[next]?.classList.add("now");
    now = next;
  };
  row.showPlaying(player.playing(index));
  if (player.line === index && player.audio.currentTime) {
    requestAnimationFrame(() => player.line === index && player.show());
  }
  return row;

  function playButton() {
    return element("button", {
      class: "play",
      type: "button",
      disabled: !take.file,
      onclick: () => {
        select(index);
        player.toggle(index);
      },
    });
  }

  function takesOf() {
    if (line.takes.length < 2) return null;
    const buttons = line.takes.map((one, place) =>
      element("button", {
        type: "button",
        class: mark.take === one.take ? "chosen" : "",
        text: one.take,
        title: t("take", { n: one.take }),
        "aria-label": t("take", { n: one.take }),
        "aria-pressed": place === number ? "true" : "false",
        onclick: () => {
          select(index);
          player.play(index, place);
        },
      }),
    );
    return element("span", { class: "takes", role: "group" }, ...buttons);
  }

  function actions() {
    const state = store.mark(line);
    const button = (name, label, symbol, pressed, onclick) =>
      element("button", {
        type: "button",
        class: name,
        title: label,
        "aria-label": label,
        "aria-pressed": pressed === null ? undefined : String(pressed),
        text: symbol,
        onclick,
      });
    return element(
      "div",
      { class: "actions" },
      button("accept", t("accept"), "✓", state === "ok", () => markLine(index, "ok")),
      button("wrong", t("markWrong"), "✕", state === "wrong", () => markLine(index, "wrong")),
      button("edit", t("edit"), "✎", null, () => {
        select(index);
        if (list.keep === index) editor.close();
        else editor.open(index);
      }),
    );
  }

  function seek(event) {
    const box = wave.getBoundingClientRect();
    const length = take.seconds || 0;
    select(index);
    player.play(index, number, Math.max(0, (length * (event.clientX - box.left)) / box.width));
  }
}

function classOf(line, index) {
  const names = ["line"];
  if (index === current) names.push("current");
  if (store.heard(line)) names.push("heard");
  if (line.heading) names.push("heading");
  if (store.mark(line)) names.push(`is-${store.mark(line)}`);
  return names.join(" ");
}

// Which mora is heard at a time; where a corrected reading has another number of moras, the one
// that lies as far along.
function moraAt(times, now, count) {
  const known = times.length / 2;
  if (!known || !count) return -1;
  let low = 0;
  let high = known;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[2 * middle + 1] <= now) low = middle + 1;
    else high = middle;
  }
  if (low >= known || times[2 * low] > now) return -1;
  return known === count ? low : Math.floor((low * count) / known);
}

function metaOf(line, take) {
  const made = element("div", { class: "meta" });
  const add = (kind, text, title) => text && made.append(element("span", { class: kind, text, title }));
  add("character", line.character);
  const place = [line.chapter_title || (line.chapter === undefined ? "" : String(line.chapter)), line.scene];
  add("place", place.filter(Boolean).join(" · "));
  add("id", line.id);
  for (const badge of badgesOf(line, take)) {
    const text = `${SYMBOLS[badge.kind] || ""} ${badge.text}`.trim();
    made.append(element("span", { class: `badge ${badge.kind}`, text, title: badge.title }));
  }
  return made;
}

function badgesOf(line, take) {
  const badges = line.findings
    .filter((found) => found.severity !== "note")
    .map((found) => ({ kind: found.severity, text: found.code, title: found.message }));
  if (FILTERS.changed(line)) badges.push({ kind: "changed", ...changeOf(line.change) });
  line.doubts
    .filter((doubt) => doubt.weight >= SHOWN_DOUBT)
    .sort((one, other) => other.weight - one.weight)
    .slice(0, 3)
    .forEach((doubt) => badges.push({ kind: "doubt", text: doubt.surface, title: doubtText(doubt) }));
  take.outliers.forEach((one) => {
    const what = t(`m_${one.what}`, { v: short(one.value) });
    badges.push({ kind: "outlier", text: what, title: t("usual", { what, usual: short(one.usual) }) });
  });
  line.findings
    .filter((found) => found.severity === "note")
    .forEach((found) => badges.push({ kind: "note", text: found.code, title: found.message }));
  if (store.before(line)) {
    const names = Object.keys(line.corrections).join(" ");
    badges.push({ kind: "changed", text: t("correctedBefore"), title: names });
  }
  if (store.corrected(line)) badges.push({ kind: "edited", text: `✎ ${t("corrected")}` });
  dictionary.in(line).forEach((word) => {
    const text = `${word}→${store.words.get(word).reading}`;
    badges.push({ kind: "edited", text, title: t("changesHere") });
  });
  return badges;
}

function short(number) {
  return Number(number.toFixed(Math.abs(number) < 1 ? 2 : 1));
}

// What the last run did with a line and why, and what it was before.
function changeOf({ what, why = [], text, seconds }) {
  const key = `c_${what}`;
  const before = [text, seconds === undefined ? null : t("seconds", { n: seconds.toFixed(1) })];
  const title = before.some(Boolean) ? t("before", { what: before.filter(Boolean).join(" · ") }) : "";
  return { text: [key in STRINGS[language] ? t(key) : what, ...why].join(" "), title };
}
