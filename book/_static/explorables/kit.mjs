// Figures to drag. Until one is drawn, and on paper, the page shows a still figure.

const set = (e, at) => {
  for (const name in at) e.setAttribute(name, at[name]);
  return e;
};
const svg = (tag, at) => set(document.createElementNS("http://www.w3.org/2000/svg", tag), at);
const html = (tag, at, ...inside) => {
  const e = set(document.createElement(tag), at);
  e.append(...inside);
  return e;
};
const clamp = (v, [lo, hi]) => Math.min(Math.max(v, lo), hi);
const scale = (v, [lo, hi], [a, b]) => a + ((v - lo) / (hi - lo)) * (b - a);
const minus = (words) => `${words}`.replace("-", "−");
let count = 0;

/** A number with fixed digits and a true minus sign. */
export const fixed = (v, digits = 2) => minus((+v.toFixed(digits) || 0).toFixed(digits));

/** n + 1 numbers from lo to hi, evenly spaced. */
export const range = (lo, hi, n) => Array.from({ length: n + 1 }, (_, i) => lo + ((hi - lo) * i) / n);

const ticks = ([lo, hi], n) => {
  const ten = 10 ** Math.floor(Math.log10((hi - lo) / n));
  const step = ten * [1, 2, 5, 10].find((m) => m * ten * n * 1.001 >= hi - lo);
  const all = range(-999, 999, 1998).map((i) => +(i * step).toPrecision(9));
  return all.filter((v) => v >= lo && v <= hi);
};

/** Axes with marks. A mark is drawn by its id, and moved when drawn again. */
class Panel {
  constructor(root, spec, left, top, width, height, redraw) {
    const X = [left + 44, left + width - 14];
    const Y = [top + height - 42, top + 30];
    const id = `udl-${++count}`;
    Object.assign(this, { spec, redraw, marks: {} });
    this.x = (v) => scale(v, spec.x, X);
    this.y = (v) => scale(v, spec.y, Y);
    this.back = (px, py) => [scale(px, X, spec.x), scale(py, Y, spec.y)];
    const add = (tag, at) => root.appendChild(svg(tag, at));
    const write = (x, y, words, at) =>
      (add("text", { x, y, "text-anchor": at, class: "axis" }).textContent = minus(words));
    const box = { x: X[0], y: Y[1] - 3, width: X[1] - X[0], height: Y[0] - Y[1] + 6 };
    add("clipPath", { id }).append(svg("rect", box));
    add("path", { class: "axis", d: `M${X[0]} ${Y[1]}V${Y[0]}H${X[1]}` });
    for (const v of ticks(spec.y, box.height / 42)) write(X[0] - 6, this.y(v) + 4.5, v, "end");
    for (const [v, words] of spec.xticks ?? ticks(spec.x, box.width / 70).map((v) => [v, v]))
      write(this.x(v), Y[0] + 18, words, "middle");
    write((X[0] + X[1]) / 2, Y[0] + 36, spec.xlabel, "middle");
    write(left + 2, top + 16, spec.ylabel, "start");
    this.low = add("g", { "clip-path": `url(#${id})` });
    this.top = add("g", {});
  }

  mark(id, tag, at, layer = "low") {
    return set((this.marks[id] ??= this[layer].appendChild(svg(tag, { "data-mark": id }))), at);
  }

  /** A line through points [x, y]; null begins a new piece. */
  line(id, points, look) {
    const at = ([x, y]) => `${this.x(x).toFixed(2)} ${this.y(y).toFixed(2)}`;
    const d = points.map((p, i) => p && (points[i - 1] ? "L" : "M") + at(p));
    this.mark(id, "path", { class: look, d: d.join("") });
  }

  dot(id, [x, y], look, r = 4) {
    this.mark(id, "circle", { class: `dot ${look}`, cx: this.x(x), cy: this.y(y), r });
  }

  text(id, [x, y], words, look, anchor = "middle") {
    const at = { class: look, x: this.x(x), y: this.y(y), "text-anchor": anchor };
    this.mark(id, "text", at, "top").textContent = words;
  }

  /** A point to drag, or to move by arrow keys in steps [dx, dy], with Shift in ten. */
  handle(id, now) {
    const g = this.marks[id] ?? this.grip(this.mark(id, "g", { role: "slider", tabindex: 0 }, "top"));
    const { at, step, label = "", look = "", within = [this.spec.x, this.spec.y] } = now;
    const i = step[0] ? 0 : 1;
    g.now = { ...now, within };
    g.lastChild.textContent = label;
    set(g, { class: `handle ${look}`, transform: `translate(${this.x(at[0])} ${this.y(at[1])})` });
    const [min, max] = within[i];
    const aria = { label: now.name, valuetext: now.text, valuenow: at[i], valuemin: min, valuemax: max };
    for (const k in aria) g.setAttribute(`aria-${k}`, aria[k]);
  }

  grip(g) {
    const go = (...to) => {
      const { at, step, within, move } = g.now;
      move(...to.map((v, i) => (step[i] ? clamp(v, within[i]) : at[i])));
      this.redraw();
    };
    let off;
    g.append(svg("circle", { r: 22 }), svg("circle", { r: 9 }), svg("text", { y: 4 }));
    g.ontouchstart = (e) => e.preventDefault(); // keeps the page still
    g.onpointerdown = (e) => {
      off = [e.clientX - this.x(g.now.at[0]), e.clientY - this.y(g.now.at[1])];
      g.setPointerCapture(e.pointerId);
      g.focus();
    };
    g.onpointermove = (e) => {
      if (g.hasPointerCapture(e.pointerId)) go(...this.back(e.clientX - off[0], e.clientY - off[1]));
    };
    g.onkeydown = (e) => {
      const way = { Right: [1, 0], Left: [-1, 0], Up: [0, 1], Down: [0, -1] }[e.key.slice(5)];
      if (!way || e.altKey || e.metaKey) return;
      e.preventDefault();
      const { at, step } = g.now;
      const by = (i) => (step[1 - i] ? way[i] : way[0] + way[1]) * (e.shiftKey ? 10 : 1);
      go(...at.map((v, i) => v + by(i) * step[i]));
    };
    return g;
  }
}

function mount(host, spec) {
  const start = () => structuredClone(spec.start);
  const s = start();
  const picture = svg("svg", { role: "group", "aria-label": host.dataset.alt });
  const words = html("p", { class: "readout", "aria-hidden": "true" });
  const said = html("p", { class: "said", role: "status" });
  const reset = html("button", { type: "button" }, "Reset");
  const controls = html("div", { class: "controls" });
  const shows = [];
  let panels, width, later;
  const draw = () => {
    words.textContent = spec.draw(panels, s);
    for (const show of shows) show();
    clearTimeout(later); // said once the hand rests
    later = setTimeout(() => (said.textContent = words.textContent), 400);
  };
  const lay = () => {
    const held = picture.querySelector(":focus")?.dataset.mark;
    width = host.clientWidth;
    const specs = spec.panels(s);
    const n = spec.stack || width < 560 ? 1 : specs.length;
    const w = width / n;
    const h = Math.round(Math.min(320, 120 + w / 2));
    set(picture, { width, height: (h * specs.length) / n }).replaceChildren();
    const one = (p, i) => new Panel(picture, p, (i % n) * w, Math.floor(i / n) * h, w, h, draw);
    host.explorable.panels = panels = specs.map(one);
    draw();
    if (held) picture.querySelector(`[data-mark="${held}"]`).focus();
  };
  for (const { key, label, text, choices, min, max, step, log } of spec.controls) {
    const id = `udl-${++count}`;
    if (choices) {
      const radios = choices.map((choice) => {
        const input = html("input", { type: "radio", name: id });
        input.onchange = () => lay((s[key] = choice));
        shows.push(() => (input.checked = s[key] === choice));
        return html("label", {}, input, choice);
      });
      controls.append(html("fieldset", {}, html("legend", {}, label), ...radios));
      continue;
    }
    const [there, back] = log ? [Math.log10, (v) => 10 ** v] : [Number, Number];
    const input = html("input", { type: "range", id, min: there(min), max: there(max), step });
    const output = html("output", { for: id, "aria-live": "off" });
    input.oninput = () => draw((s[key] = back(input.value)));
    shows.push(() => {
      input.value = there(s[key]);
      set(input, { "aria-valuetext": (output.textContent = text(s[key])) });
    });
    controls.append(html("div", {}, html("label", { for: id }, label), input, output));
  }
  reset.onclick = () => lay(Object.assign(s, start()));
  controls.append(reset);
  host.explorable = { state: s };
  host.replaceChildren(picture, words, said, controls);
  host.hidden = false;
  lay();
  host.closest("figure").classList.add("udl-live");
  new ResizeObserver(() => host.clientWidth && host.clientWidth !== width && lay()).observe(host);
}

/** Draw a page's explorables of this name. If one fails, its figure stays. */
export function explore(name, spec) {
  for (const host of document.querySelectorAll(`[data-explorable="${name}"]`))
    try {
      mount(host, spec);
    } catch (error) {
      host.remove();
      throw error;
    }
}
