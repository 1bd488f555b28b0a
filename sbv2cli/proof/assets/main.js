// The bar at the top, keys, theme and language.
const byId = (id) => document.getElementById(id);

function announce(text) {
  const status = byId("status");
  status.textContent = text;
  status.classList.add("on");
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => status.classList.remove("on"), 6000);
}

function select(index) {
  if (current === index) return;
  const before = current;
  current = index;
  for (const one of [before, index]) {
    const row = list.mounted.get(one);
    if (!row) continue;
    row.classList.toggle("current", one === index);
    row.tabIndex = one === index ? 0 : -1;
  }
}

function go(index) {
  select(index);
  list.reveal(index);
  list.mounted.get(index)?.focus({ preventScroll: true });
}

// The line so many places further, if there is one.
function neighbour(step) {
  const place = list.places.get(current);
  if (place === undefined) return list.indices[0];
  return list.indices[place + step];
}

function move(step) {
  const next = neighbour(step);
  if (next !== undefined) go(next);
}

function playNext() {
  const next = neighbour(1);
  if (next === undefined) return;
  go(next);
  player.play(next, player.takeOf(data.lines[next]));
}

function markLine(index, mark) {
  const line = data.lines[index];
  const number = player.takeOf(line);
  store.setMark(line, store.mark(line) === mark ? null : mark, line.takes[number]);
  select(index);
  list.refresh(index);
  tellCounts();
}

// The line is right with the take that is shown; on to the next.
function acceptCurrent() {
  const line = data.lines[current];
  if (!line) return;
  const take = line.takes[player.takeOf(line)];
  store.setMark(line, "ok", take);
  if (take) store.setHeard(line, take);
  if (line.takes.length > 1) store.set(line, { take: take.take });
  list.refresh(current);
  tellCounts();
  playNext();
}

function tellCounts() {
  clearTimeout(tellCounts.timer);
  tellCounts.timer = setTimeout(tellCountsNow, 50);
}

function tellCountsNow() {
  const { counts, heard } = view.counts();
  const count = data.head.count;
  byId("progress").textContent = t("heard", { heard, count });
  byId("meter").style.transform = `scaleX(${count ? heard / count : 0})`;
  for (const [name, number] of Object.entries(counts)) {
    const chip = byId(`f-${name}`);
    chip.querySelector(".count").textContent = number;
    // After the first run every line is new; that says nothing.
    const nothing = !number || (name === "changed" && number === count);
    chip.hidden = nothing && !view.filters.has(name);
  }
  const n = exchange.corrections().length + store.words.size;
  byId("export").textContent = n ? `${t("export")} (${n})` : t("export");
}

function showLines() {
  view.update();
  list.show(view.indices);
  byId("none").hidden = view.indices.length > 0 || !data.lines.some(Boolean);
  byId("shown").textContent = t("shown", { n: view.indices.length });
}

function showFiltered() {
  showLines();
  window.scrollTo(0, 0);
  list.render();
}

// Everything anew: another language, or marks from a file.
function showAll() {
  say();
  list.forget();
  showLines();
  tellCountsNow();
}

// Texts of the page itself, in the language that is chosen.
function say() {
  document.documentElement.lang = language;
  document.title = `${data.head.title} · ${t("title")}`;
  for (const one of document.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
  for (const one of document.querySelectorAll("[data-label]")) {
    one.setAttribute("aria-label", t(one.dataset.label));
    one.title = t(one.dataset.label);
  }
  byId("search").placeholder = t("search");
  byId("continuous").setAttribute("aria-pressed", String(player.continuous));
  fillExport();
  const lines = data.lines.filter(Boolean); // those that are loaded
  choices("character", lines.map((line) => line.character), t("character"));
  const titles = new Map(lines.map((line) => [String(line.chapter ?? ""), line.chapter_title]));
  choices("chapter", [...titles.keys()], t("chapter"), (one) => titles.get(one) || one);
}

function choices(id, values, label, shown = (one) => one) {
  const box = byId(id);
  const distinct = [...new Set(values.filter(Boolean))];
  box.replaceChildren(
    element("option", { value: "", text: `${label}: ${t("all")}` }),
    ...distinct.map((one) => element("option", { value: one, text: shown(one) })),
  );
  box.value = view[id];
  box.hidden = distinct.length < 2;
}

function setUp() {
  for (const name of Object.keys(FILTERS)) {
    const chip = element(
      "button",
      { type: "button", id: `f-${name}`, class: `chip ${name}`, "aria-pressed": "false" },
      element("span", { "data-t": name }),
      element("span", { class: "count" }),
    );
    chip.addEventListener("click", () => {
      const on = !view.filters.has(name);
      if (on) view.filters.add(name);
      else view.filters.delete(name);
      chip.setAttribute("aria-pressed", String(on));
      showFiltered();
    });
    byId("filters").append(chip);
  }
  for (const id of ["character", "chapter", "sort"]) {
    byId(id).addEventListener("change", (event) => {
      view[id] = event.target.value;
      showFiltered();
    });
  }
  let typing = 0;
  byId("search").addEventListener("input", (event) => {
    view.query = event.target.value;
    clearTimeout(typing);
    typing = setTimeout(showFiltered, 120);
  });
  byId("rate").addEventListener("change", (event) => {
    player.audio.playbackRate = Number(event.target.value);
  });
  byId("clear").addEventListener("click", clearFilters);
  byId("continuous").addEventListener("click", toggleContinuous);
  byId("language").addEventListener("click", () => {
    language = language === "ja" ? "en" : "ja";
    keepSetting("language", language);
    showAll();
  });
  byId("theme").addEventListener("click", switchTheme);
  byId("help").addEventListener("click", () => byId("help-box").showModal());
  byId("export").addEventListener("click", openExport);
  byId("save-corrections").addEventListener("click", () => exchange.saveCorrections());
  byId("save-words").addEventListener("click", () => exchange.saveWords());
  byId("save-marks").addEventListener("click", () => exchange.saveMarks());
  byId("load-marks").addEventListener("change", (event) => {
    if (event.target.files[0]) exchange.loadMarks(event.target.files[0]);
    event.target.value = "";
  });
  for (const one of document.querySelectorAll("dialog .close")) {
    one.addEventListener("click", () => one.closest("dialog").close());
  }
  // A click with the mouse leaves the keys to the lines.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#bar button");
    if (button && event.detail > 0) button.blur();
  });
  document.addEventListener("keydown", onKey);
  window.addEventListener("pagehide", () => store.keep());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

function clearFilters() {
  view.filters.clear();
  Object.assign(view, { character: "", chapter: "", query: "" });
  byId("search").value = "";
  for (const chip of byId("filters").children) chip.setAttribute("aria-pressed", "false");
  say();
  showFiltered();
}

function toggleContinuous() {
  player.continuous = !player.continuous;
  byId("continuous").setAttribute("aria-pressed", String(player.continuous));
}

function openExport() {
  fillExport();
  byId("export-box").showModal();
}

function fillExport() {
  const rows = exchange.corrections().length;
  const words = store.words.size;
  const empty = !rows && !words;
  byId("save-corrections").textContent = t("exportCorrections", { n: rows });
  byId("save-corrections").disabled = !rows;
  byId("save-words").textContent = t("exportWords", { n: words });
  byId("save-words").disabled = !words;
  byId("export-how").textContent = t(empty ? "exportNone" : "exportHow");
  byId("export-command").textContent = exchange.command();
  byId("export-command").hidden = empty;
}

function switchTheme() {
  const root = document.documentElement;
  const dark = getComputedStyle(root).getPropertyValue("--dark").trim() === "1";
  root.dataset.theme = dark ? "light" : "dark";
  keepSetting("theme", root.dataset.theme);
  redraw();
}

function redraw() {
  for (const row of list.mounted.values()) row.drawn(paperOf(row));
}

function keepSetting(name, value) {
  try {
    localStorage.setItem(`sbv2-proof:${name}`, value);
  } catch {
    // It holds until the page is closed.
  }
}

function keptSetting(name) {
  try {
    return localStorage.getItem(`sbv2-proof:${name}`);
  } catch {
    return null;
  }
}

const KEYS = {
  " ": () => player.toggle(current),
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  w: () => markLine(current, "wrong"),
  e: () => editor.open(current),
  Enter: acceptCurrent,
  a: toggleContinuous,
  "/": () => byId("search").focus(),
  "?": () => byId("help-box").showModal(),
};
for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
  KEYS[number] = () => data.lines[current]?.takes[number - 1] && player.play(current, number - 1);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  const target = event.target;
  if (event.key === "Escape") {
    if (list.keep !== null) editor.close();
    else target.blur?.();
    return;
  }
  if (target.closest("input, textarea, select")) return;
  // A button keeps the keys that press it.
  if (target.closest("button, label") && [" ", "Enter"].includes(event.key)) return;
  const act = KEYS[event.key] || KEYS[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  if (current === null && list.indices.length) select(list.indices[0]);
  if (current !== null || "a/?".includes(event.key)) act();
}

function begin() {
  const kept = keptSetting("language");
  if (Object.hasOwn(STRINGS, kept)) language = kept;
  const theme = keptSetting("theme");
  if (["light", "dark"].includes(theme)) document.documentElement.dataset.theme = theme;
  setUp();
  player.start();
  list.start(byId("lines"), rowOf);
  let first = true;
  data.start((last) => {
    if (first) store.start();
    if (first || last) {
      say();
      showLines();
      tellCountsNow();
    }
    if (first && list.indices.length) select(list.indices[0]);
    if (first) performance.mark("first-row");
    if (last) performance.mark("all-lines");
    first = false;
    document.documentElement.dataset.ready = last ? "all" : "some";
  });
}

// For a look into the page: tests, and people who know JavaScript.
Object.assign(data, { player, store, notation, list, exchange });

begin();
