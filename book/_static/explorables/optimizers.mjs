// Momentum on the loss of the Gabor model: where the path ends depends on the start, on the
// learning rate and on the momentum.
import { explore, fixed, range } from "./kit.mjs";

// The training points: udlbook.data.gabor_points.
export const X = [
  -5.19, 14.62, -5.44, 8.66, 11.1, -3.27, -1.86, -3.82, -11.79, -0.63, -7.76, -7.29, -9.46, -9.18, 9.41,
  -2.31, -7.32, 2.73, 3.13, 4.41, 12.34, -10.49, -3.86, -6.46, -14.5, -9.55, -3.16, -3.2, 3.5, -1.43,
];
export const Y = [
  0.389, -0.252, 0.419, 0.039, 0.093, 0.301, -0.508, 0.295, -0.223, -1.036, -0.006, -0.136, -0.268,
  -0.271, 0.067, -0.419, 0.027, 1.018, 0.824, 0.371, -0.064, -0.027, 0.279, 0.028, 0.217, -0.107, 0.152,
  0.363, 0.912, -0.851,
];
const STEPS = 100;

/** The mean squared error, and its gradient. */
export function loss([a, b]) {
  let [value, ga, gb] = [0, 0, 0];
  X.forEach((x, n) => {
    const u = a + 0.06 * b * x;
    const bell = Math.exp((-u * u) / 32);
    const r = bell * Math.sin(u) - Y[n];
    const slope = 2 * r * bell * (Math.cos(u) - (u / 16) * Math.sin(u));
    value += r * r;
    ga += slope;
    gb += slope * 0.06 * x;
  });
  return [value, ga, gb].map((v) => v / X.length);
}

/** The points of a run. */
export function path({ start, lr, momentum }, steps = STEPS) {
  const points = [start];
  let [a, b] = start;
  let [ma, mb] = [0, 0];
  for (let t = 0; t < steps; t++) {
    const [, ga, gb] = loss([a, b]);
    [ma, mb] = [momentum * ma + ga, momentum * mb + gb];
    [a, b] = [a - lr * ma, b - lr * mb];
    points.push([a, b]);
  }
  return points;
}

/** Pieces of lines of equal loss, by marching squares. */
function contour(xs, ys, grid, level) {
  const pieces = [];
  for (let i = 1; i < xs.length; i++)
    for (let j = 1; j < ys.length; j++) {
      const corners = [[i - 1, j - 1], [i, j - 1], [i, j], [i - 1, j]];
      const cuts = [];
      corners.forEach(([p, q], k) => {
        const [r, s] = corners[(k + 1) % 4];
        const share = (level - grid[p][q]) / (grid[r][s] - grid[p][q]);
        if (share >= 0 && share < 1)
          cuts.push([xs[p] + share * (xs[r] - xs[p]), ys[q] + share * (ys[s] - ys[q])]);
      });
      for (let k = 1; k < cuts.length; k += 2) pieces.push(cuts[k - 1], cuts[k], null);
    }
  return pieces;
}

const map = { x: [-8, 8], y: [0, 22] };
const xs = range(...map.x, 64);
const ys = range(...map.y, 64);
const grid = xs.map((a) => ys.map((b) => loss([a, b])[0]));
const levels = [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.36, 0.42, 0.5, 0.6, 0.8];
const rings = levels.map((level) => contour(xs, ys, grid, level));
const [lowest] = loss(path({ start: [-1, 13], lr: 1, momentum: 0.9 }, 300).pop());

explore("optimizers", {
  start: { start: [2.2, 5.5], lr: 1, momentum: 0.9 },
  controls: [
    { key: "lr", label: "learning rate η", min: 0.05, max: 20, step: 0.02, log: true, text: (v) => fixed(v) },
    { key: "momentum", label: "momentum μ", min: 0, max: 0.98, step: 0.01, text: (v) => fixed(v) },
  ],
  panels: () => [
    { ...map, xlabel: "φ₀", ylabel: "φ₁: lines of equal loss" },
    { x: [0, STEPS + 3], y: [0, 0.8], xlabel: "step", ylabel: "loss" },
  ],
  draw([plane, curve], s) {
    const points = path(s);
    const losses = points.map((p) => loss(p)[0]);
    const end = losses[STEPS];
    rings.forEach((ring, i) => plane.line(`ring${i}`, ring, `grey thin ${i < 4 ? "" : "faint"}`));
    plane.line("path", points, "blue thin");
    points.forEach((p, t) => plane.dot(`step${t}`, p, "blue", 2));
    plane.dot("end", points[STEPS], "red", 5);
    plane.handle("start", {
      at: s.start,
      step: [0.1, 0.1],
      look: "blue",
      name: "start of the path",
      text: `φ₀ ${fixed(s.start[0], 1)}, φ₁ ${fixed(s.start[1], 1)}`,
      move: (...to) => (s.start = to),
    });
    curve.line("lowest", [[0, lowest], [STEPS, lowest]], "grey dashed");
    curve.text("best", [STEPS, lowest + 0.02], "lowest", "grey", "end");
    curve.line("loss", losses.map((v, t) => [t, v]), "blue");
    curve.dot("last", [STEPS, end], "red", 5);
    const [, ...g] = loss(points[STEPS]);
    const rest = Math.hypot(...g) < 0.01;
    const [inX, inY] = [map.x, map.y].map(([lo, hi], i) => points[STEPS][i] >= lo && points[STEPS][i] <= hi);
    let place = rest ? "at rest, but not in the lowest valley" : "still on the way";
    if (end < lowest + 0.01) place = "in the lowest valley";
    if (!inX || !inY) place = "off the map";
    return `Loss after ${STEPS} steps: ${fixed(end, 3)}, ${place}. Drag the start.`;
  },
});
