// Expectation maximization on seventy points: where the climb ends depends on where it starts.
import { explore, fixed, range } from "./kit.mjs";

// Drawn once from udlbook.classical.mixtures.three_clouds.
const xs = [1.4, 2.5, 0.1, 3, -3.1, -1.6, 2.7, -2.7, 2, -1, 1.7, 1.4, -1.4, -2.2, -1, 1.5, 0.2, -0.1, -0.5, -3.1, 0.8, -0.8, 2.2, 2.6, 2.8, 1.9, -1.2, -0.1, -2.4, 2.9, 0.3, -0.2, 1.4, -0.2, -0.3, 2.1, 1.1, 0.9, 0.4, -0.4, -0.6, 2.3, -0.3, 1.3, 2.7, 1, 0.7, 1.3, -0.1, 2.7, 0.8, 1.2, -0.8, 3, -2.7, 0.9, 2.7, 3.9, 2.1, 1.1, -0.8, 0.7, -2.8, -1.3, 2.7, -2.5, 1.9, 1.5, 2.6, 3.4];
const ys = [0.2, 2, 1.8, 2.2, -0.8, 0.8, 1.7, 0.1, -0.5, 1.1, 0.2, -0.6, 1.2, -3.3, 0, -0.8, 1.6, 2.3, 0.7, 0.3, -1.3, 0.8, 0.1, 2.1, 1.9, 0.8, -3.9, 3, -1, 2, -1.5, 1.1, -0.6, -1.9, -1.8, 1.9, 2.3, -0.5, -1.4, 1.4, -1.5, 1.9, -2, 1.8, 1.4, -0.3, -1.4, -0.1, 2.7, 2.1, -1, -0.7, 0, 2.1, -0.1, 2.5, 2, 2.8, 2.1, -1.7, 0.7, 2.7, -3.7, -1.8, 2.6, 0.8, 2.3, -0.8, 1.8, 2];
export const data = xs.map((x, n) => [x, ys[n]]);
export const FLOOR = 0.01;
const COLORS = ["blue", "orange", "green"];
const LAST = 60;

/** A component is { w, m, s }: its share, its mean, and its covariance [xx, xy, yy]. */
export const first = (means) => means.map((m) => ({ w: 1 / 3, m, s: [1, 0, 1] }));

const logJoint = ({ w, m, s: [a, b, c] }, [x, y]) => {
  const [u, v, det] = [x - m[0], y - m[1], a * c - b * b];
  return Math.log(w / (2 * Math.PI)) - 0.5 * (Math.log(det) + (c * u * u - 2 * b * u * v + a * v * v) / det);
};

/** Responsibilities of each point, and the mean log-likelihood. */
export function expect(model) {
  let level = 0;
  const r = data.map((p) => {
    const logs = model.map((k) => logJoint(k, p));
    const top = Math.max(...logs);
    const e = logs.map((v) => Math.exp(v - top));
    const sum = e.reduce((t, v) => t + v);
    level += (top + Math.log(sum)) / data.length;
    return e.map((v) => v / sum);
  });
  return [r, level];
}

/** One step, as udlbook.classical.mixtures.em_step. */
export const step = (model, [r] = expect(model)) =>
  model.map((_, k) => {
    const mean = (f) => data.reduce((t, p, n) => t + r[n][k] * f(p), 0) / count;
    const count = r.reduce((t, row) => t + row[k], 0);
    const m = [mean((p) => p[0]), mean((p) => p[1])];
    const cov = (i, j) => mean((p) => (p[i] - m[i]) * (p[j] - m[j]));
    return { w: count / data.length, m, s: [cov(0, 0) + FLOOR, cov(0, 1), cov(1, 1) + FLOOR] };
  });

const ellipse = ({ m, s: [a, b, c] }) => {
  const [p, q] = [Math.sqrt(a), b / Math.sqrt(a)];
  const l = Math.sqrt(c - q * q);
  return range(0, 2 * Math.PI, 60).map((t) => {
    const [u, v] = [2 * Math.cos(t), 2 * Math.sin(t)];
    return [m[0] + p * u, m[1] + q * u + l * v];
  });
};

explore("em", {
  start: { means: [[-3, 0], [0, 0], [3, 0]], steps: 4 },
  controls: [{ key: "steps", label: "steps", min: 0, max: LAST, step: 1, text: (v) => fixed(v, 0) }],
  panels: () => [
    { x: [-5, 5], y: [-4.6, 4.6], xlabel: "x₁", ylabel: "x₂: drag the first means" },
    { x: [0, LAST], y: [-5, -3], xlabel: "steps", ylabel: "log likelihood, nats per point" },
  ],
  draw([plane, climb], s) {
    const trace = [];
    let model = first(s.means);
    for (let n = 0; n <= LAST; n++) {
      const [r, level] = expect(model);
      trace.push([n, level]);
      if (n === s.steps) {
        data.forEach((p, i) => plane.dot(`point${i}`, p, COLORS[r[i].indexOf(Math.max(...r[i]))], 3));
        model.forEach((k, i) => plane.line(`ellipse${i}`, ellipse(k), COLORS[i]));
      }
      model = step(model, [r]);
    }
    s.means.forEach((m, i) =>
      plane.handle(`mean${i}`, {
        at: m,
        step: [0.1, 0.1],
        within: [[-4.5, 4.5], [-4.2, 4.2]],
        look: COLORS[i],
        label: `${i + 1}`,
        name: `first mean of component ${i + 1}`,
        text: `${fixed(m[0], 1)}, ${fixed(m[1], 1)}`,
        move: (...to) => (s.means[i] = to),
      }),
    );
    climb.line("trace", trace, "red");
    climb.dot("here", trace[s.steps], "red", 6);
    return `After ${s.steps} steps: ${fixed(trace[s.steps][1])} nats per point. This climb ends at ${fixed(trace[LAST][1])}.`;
  },
});
