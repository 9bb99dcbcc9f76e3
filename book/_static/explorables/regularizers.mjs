// Ridge regression with a polynomial of degree 10: the penalty smooths the fit, first to its good,
// then to its harm.
import { explore, fixed, range } from "./kit.mjs";

// Fourteen inputs, and the wave of udlbook.data.damped_wave with normal noise, drawn once.
export const x = [0.036, 0.133, 0.158, 0.276, 0.311, 0.388, 0.483, 0.531, 0.61, 0.652, 0.764, 0.824, 0.883, 0.981];
export const y = [0.31, 0.882, 0.675, -0.243, -0.529, -0.506, -0.079, 0.076, 0.549, 0.457, -0.58, -0.532, -0.205, -0.118];
export const NOISE = 0.2;
export const DEGREE = 10;
export const wave = (t) => Math.exp(-2 * t) * Math.sin(4 * Math.PI * t);

/** Legendre polynomials of degree 0 to DEGREE on [0, 1], by their recurrence. */
export function features(t) {
  const z = 2 * t - 1;
  const p = [1, z];
  for (let k = 1; k < DEGREE; k++) p.push(((2 * k + 1) * z * p[k] - k * p[k - 1]) / (k + 1));
  return p;
}

/** The weights, as udlbook.classical.ridge.fit: (XᵀX + λI) w = Xᵀy, the constant free of charge. */
export function ridge(lambda) {
  const rows = x.map(features);
  const a = features(0).map((_, i) => [
    ...features(0).map((_, j) => rows.reduce((sum, p) => sum + p[i] * p[j], i && i === j ? lambda : 0)),
    rows.reduce((sum, p, n) => sum + p[i] * y[n], 0),
  ]);
  a.forEach((pivot, i) => {
    // no exchange of rows: the matrix is positive definite
    for (const row of a.slice(i + 1)) {
      const share = row[i] / pivot[i];
      pivot.forEach((v, j) => (row[j] -= share * v));
    }
  });
  const w = [];
  for (let i = DEGREE; i >= 0; i--) {
    const known = a[i].slice(i + 1, -1).reduce((sum, v, j) => sum + v * w[i + 1 + j], 0);
    w[i] = (a[i].at(-1) - known) / a[i][i];
  }
  return w;
}

const value = (w, t) => features(t).reduce((sum, p, k) => sum + p * w[k], 0);
const mean = (all) => all.reduce((sum, v) => sum + v) / all.length;
const grid = range(0.0025, 0.9975, 199);
const truth = grid.map(wave);
const basis = grid.map(features);

/** Mean squared errors: on the data, and on new data, noise and all, over [0, 1]. */
export function errors(lambda) {
  const w = ridge(lambda);
  const fit = basis.map((p) => p.reduce((sum, v, k) => sum + v * w[k], 0));
  const train = mean(x.map((t, n) => (value(w, t) - y[n]) ** 2));
  return [train, NOISE ** 2 + mean(fit.map((v, i) => (v - truth[i]) ** 2))];
}

const LOG = [-5, 3];
const sweep = range(...LOG, 80).map((v) => [v, ...errors(10 ** v)]);
const [lowest] = [...sweep].sort((a, b) => a[2] - b[2])[0];
const raised = (n) => `10${n < 0 ? "⁻" : ""}${"⁰¹²³⁴⁵"[Math.abs(n)]}`;
const text = (v) => (v < 0.1 ? v.toExponential(1).replace("e-", " × 10⁻").replace(/\d$/, (d) => "⁰¹²³⁴⁵"[d]) : fixed(v, v < 10 ? 2 : 0));

explore("regularizers", {
  start: { lambda: 1e-4 },
  controls: [{ key: "lambda", label: "penalty λ", min: 1e-5, max: 1e3, step: 0.05, log: true, text }],
  panels: () => [
    { x: [0, 1], y: [-1, 1.5], xlabel: "x", ylabel: "y: data, fit (blue), truth (dashed)" },
    {
      x: LOG,
      y: [0, 0.25],
      xlabel: "penalty λ",
      ylabel: "mean squared error",
      xticks: [-4, -2, 0, 2].map((n) => [n, raised(n)]),
    },
  ],
  draw([fit, curve], s) {
    const w = ridge(s.lambda);
    const at = Math.log10(s.lambda);
    const [train, test] = errors(s.lambda);
    fit.line("truth", grid.map((t, i) => [t, truth[i]]), "grey dashed");
    fit.line("fit", range(0, 1, 200).map((t) => [t, value(w, t)]), "blue");
    x.forEach((t, n) => fit.dot(`point${n}`, [t, y[n]], "ink", 4));
    curve.line("noise", [[LOG[0], NOISE ** 2], [LOG[1], NOISE ** 2]], "grey dashed");
    curve.text("least", [LOG[1], NOISE ** 2 + 0.007], "noise", "grey", "end");
    curve.line("train", sweep.map(([v, e]) => [v, e]), "orange");
    curve.line("test", sweep.map(([v, , e]) => [v, e]), "red");
    curve.text("red", [LOG[0] + 0.2, sweep[0][2] + 0.014], "new data", "red", "start");
    curve.text("orange", [LOG[0] + 0.2, sweep[0][1] + 0.01], "training data", "orange", "start");
    curve.dot("there", [at, train], "orange", 5);
    curve.handle("here", {
      at: [at, test],
      step: [0.05, 0],
      look: "red",
      name: "penalty",
      text: text(s.lambda),
      move: (v) => (s.lambda = 10 ** v),
    });
    const side = at < lowest - 0.5 ? "The fit follows the noise." : at > lowest + 0.5 ? "The fit is too stiff for the wave." : "The fit is about as good as it gets.";
    return `Error ${fixed(train, 3)} on the data, ${fixed(test, 3)} on new data. ${side}`;
  },
});
