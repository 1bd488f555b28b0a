// Rows are made as they come into view: the others are empty space of the height that they have or,
// until they were seen, probably have.
const AHEAD = 600; // pixels above and below the window in which rows are made

const list = {
  root: null,
  make: null, // index of a line -> element
  indices: [],
  tops: new Float64Array(1),
  heights: [], // pixels of each line: about as high until it was seen
  mounted: new Map(), // index of a line -> element
  keep: null, // index of a line that stays, though it is out of sight: it is being edited
  asked: false,
  stale: false, // a height has changed since the rows were laid out

  start(root, make) {
    this.root = root;
    this.make = make;
    this.observer = new ResizeObserver((entries) => {
      for (const { target } of entries) this.measure(target);
      if (this.stale) this.ask();
    });
    let width = window.innerWidth;
    window.addEventListener("scroll", () => this.ask(), { passive: true });
    window.addEventListener("resize", () => {
      if (window.innerWidth !== width) this.forget();
      width = window.innerWidth;
      this.ask();
    });
  },

  // The lines to show, in this order.
  show(indices) {
    this.indices = indices;
    this.places = new Map(indices.map((index, place) => [index, place]));
    this.lay();
    this.render();
  },

  forget() {
    this.heights = [];
    this.clear();
    this.lay();
  },

  clear() {
    for (const row of this.mounted.values()) this.unmount(row);
    this.mounted.clear();
  },

  // Make a row anew, as its line has changed.
  refresh(index) {
    const old = this.mounted.get(index);
    if (!old) return;
    const focused = old.contains(document.activeElement);
    const row = this.mount(index);
    old.replaceWith(row);
    this.observer.unobserve(old);
    row.style.transform = old.style.transform;
    row.drawn(paperOf(row));
    this.measure(row);
    if (focused) row.focus({ preventScroll: true });
    if (this.stale) this.render();
  },

  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.render();
    });
  },

  // About how high a row will be.
  estimate(index) {
    const line = data.lines[index];
    const rows = Math.min(4, Math.ceil(line.text.length / this.columns));
    const kana = (line.kana || line.spoken || "").length / (this.columns * 1.15);
    return (this.wide ? 44 : 130) + rows * 34 + Math.min(3, Math.ceil(kana)) * 28;
  },

  lay() {
    const width = window.innerWidth;
    this.wide = width > 860;
    this.columns = Math.max(12, (this.wide ? Math.min(width, 1500) - 560 : width - 60) / 17);
    const tops = new Float64Array(this.indices.length + 1);
    this.indices.forEach((index, place) => {
      tops[place + 1] = tops[place] + (this.heights[index] ||= this.estimate(index));
    });
    this.tops = tops;
    this.stale = false;
    this.root.style.height = `${tops[tops.length - 1]}px`;
  },

  // The place in the list of what is at this height.
  at(y) {
    let low = 0;
    let high = this.indices.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.tops[middle + 1] <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  },

  render() {
    const above = this.root.getBoundingClientRect().top;
    const from = this.at(-above - AHEAD);
    const until = Math.min(this.indices.length, this.at(window.innerHeight - above + AHEAD) + 1);
    const wanted = new Set(this.indices.slice(from, until));
    for (const [index, row] of this.mounted) {
      if (!wanted.has(index) && (index !== this.keep || !this.places.has(index))) {
        this.unmount(row);
        this.mounted.delete(index);
      }
    }
    const fresh = [];
    // In the document rows are in the order in which they are seen and read out.
    let next = this.root.firstChild;
    for (const index of wanted) {
      let row = this.mounted.get(index);
      if (!row) fresh.push((row = this.mount(index)));
      if (row === next) next = next.nextSibling;
      else this.root.insertBefore(row, next);
    }
    // All are measured at once: the browser lays out the page one time.
    const anchor = this.at(Math.max(0, -above));
    const before = this.tops[anchor];
    for (const row of fresh) this.measure(row);
    const paper = fresh.length ? paperOf(fresh[0]) : null;
    for (const row of fresh) row.drawn(paper);
    const changed = this.stale;
    if (changed) this.lay();
    for (const [index, row] of this.mounted) {
      const place = this.places.get(index);
      row.style.transform = `translateY(${this.tops[place]}px)`;
      row.setAttribute("aria-posinset", place + 1);
      row.setAttribute("aria-setsize", this.indices.length);
    }
    // What a person looks at stays where it is, though rows above have another height now.
    const shift = this.tops[anchor] - before;
    if (shift && above < 0) window.scrollBy(0, shift);
    if (changed) this.ask();
  },

  mount(index) {
    const row = this.make(index);
    row.line = index;
    this.mounted.set(index, row);
    this.observer.observe(row);
    return row;
  },

  unmount(row) {
    this.observer.unobserve(row);
    row.remove();
  },

  measure(row) {
    const height = row.offsetHeight;
    if (!height || this.heights[row.line] === height) return;
    this.heights[row.line] = height;
    this.stale = true;
  },

  // Bring a line into view, below the bar at the top.
  reveal(index) {
    const place = this.places.get(index);
    if (place === undefined) return;
    const bar = document.getElementById("bar").getBoundingClientRect();
    const covered = Math.max(0, bar.bottom);
    const above = this.root.getBoundingClientRect().top;
    const top = above + this.tops[place];
    const bottom = above + this.tops[place + 1];
    if (top < covered + 8 || bottom > window.innerHeight - 8) {
      window.scrollBy(0, top - covered - (window.innerHeight - covered) * 0.25);
    }
    this.render();
  },
};
