// One sound at a time. While it is heard, its row shows where.
const player = {
  audio: new Audio(),
  line: null, // index of the line that is or was heard
  take: 0,
  continuous: false,
  frame: 0,
  chosen: new Map(), // index of a line -> the take that its row shows

  start() {
    this.audio.preservesPitch = true;
    this.audio.addEventListener("play", () => this.follow());
    this.audio.addEventListener("pause", () => this.stopped());
    this.audio.addEventListener("ended", () => this.ended());
    this.audio.addEventListener("error", () => {
      if (this.line === null || !this.audio.getAttribute("src")) return;
      announce(t("soundMissing", { file: data.lines[this.line].takes[this.take].file }));
    });
  },

  // The take that a row shows: the one last listened to, else the one that was chosen.
  takeOf(line) {
    const shown = this.chosen.get(line.index);
    if (shown !== undefined) return shown;
    const wanted = store.of(line).take;
    return Math.max(0, line.takes.findIndex((take) => take.take === wanted));
  },

  play(index, take, from = 0) {
    const line = data.lines[index];
    const sound = line.takes[take];
    if (!sound || !sound.file) {
      announce(`${t("number", { n: line.number })}: ${t("noSound")}`);
      return;
    }
    const same = this.line === index && this.take === take;
    const before = this.line;
    this.line = index;
    this.take = take;
    this.chosen.set(index, take);
    if (!same) {
      this.audio.src = data.url(sound.file);
      this.audio.playbackRate = Number(document.getElementById("rate").value);
      if (before !== null && before !== index) list.refresh(before);
      list.refresh(index);
    }
    this.audio.currentTime = from;
    // A play that another one interrupts is refused, and that is as it should be.
    this.audio.play().catch(() => {});
  },

  toggle(index) {
    if (this.line === index && !this.audio.paused) this.audio.pause();
    else if (this.line === index && this.audio.currentTime > 0 && !this.audio.ended) {
      this.audio.play().catch(() => {});
    } else this.play(index, this.takeOf(data.lines[index]));
  },

  playing(index) {
    return this.line === index && !this.audio.paused;
  },

  follow() {
    cancelAnimationFrame(this.frame);
    const row = list.mounted.get(this.line);
    if (row) row.showPlaying(true);
    const step = () => {
      this.show();
      if (!this.audio.paused) this.frame = requestAnimationFrame(step);
    };
    step();
  },

  show() {
    const row = list.mounted.get(this.line);
    const sound = data.lines[this.line].takes[this.take];
    const length = this.audio.duration || sound.seconds || 1;
    if (row) row.showTime(this.audio.currentTime, length);
    if (this.audio.currentTime > 0.8 * length) this.heard();
  },

  heard() {
    const line = data.lines[this.line];
    if (store.setHeard(line, line.takes[this.take])) {
      const row = list.mounted.get(this.line);
      if (row) row.classList.add("heard");
      tellCounts();
    }
  },

  stopped() {
    const row = list.mounted.get(this.line);
    if (row) row.showPlaying(false);
  },

  ended() {
    this.heard();
    const row = list.mounted.get(this.line);
    if (row) row.showTime(null);
    this.stopped();
    if (this.continuous) playNext();
  },
};
