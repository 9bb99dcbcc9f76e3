// A query among five keys that are their own values: the output is their mean under the weights.
import { explore, fixed } from "./kit.mjs";

export const keys = [[1.6, 0.3], [0.7, 1.5], [-1.2, 1.1], [-1.5, -0.7], [0.6, -1.5]];

/** The softmax of beta q . k, as udlbook.layers.scaled_dot_product with beta = 1 / sqrt(2). */
export const weights = (q, beta) => {
  const scores = keys.map((k) => beta * (q[0] * k[0] + q[1] * k[1]));
  const most = Math.max(...scores);
  const shares = scores.map((s) => Math.exp(s - most));
  const sum = shares.reduce((a, b) => a + b);
  return shares.map((e) => e / sum);
};

/** The mean of the values, here the keys, under the weights. */
export const output = (q, beta) => {
  const w = weights(q, beta);
  return [0, 1].map((i) => keys.reduce((sum, k, j) => sum + w[j] * k[i], 0));
};

explore("transformers", {
  start: { q: [0.2, 1.8], beta: 0.71 },
  controls: [
    { key: "beta", label: "scale β", min: 0.05, max: 10, step: 0.02, log: true, text: (v) => fixed(v) },
  ],
  panels: () => [
    { x: [-2.2, 2.2], y: [-2.2, 2.2], xlabel: "first coordinate", ylabel: "second coordinate" },
    { x: [0.4, 5.6], y: [0, 1], xlabel: "key", ylabel: "weight" },
  ],
  draw([plane, bars], s) {
    const w = weights(s.q, s.beta);
    const o = output(s.q, s.beta);
    plane.line("query", [[0, 0], s.q], "blue thin");
    keys.forEach((k, j) => {
      plane.line(`way${j}`, [o, k], "grey dotted thin");
      plane.dot(`key${j}`, k, "orange", 4 + 8 * w[j]);
      plane.text(`name${j}`, [k[0] * 1.25, k[1] * 1.25], `${j + 1}`, "orange", "middle");
      bars.line(`bar${j}`, [[j + 1, 0], [j + 1, w[j]]], "orange");
      bars.dot(`top${j}`, [j + 1, w[j]], "orange", 5);
    });
    plane.dot("output", o, "red", 6);
    plane.handle("q", {
      at: s.q,
      step: [0.02, 0.02],
      within: [[-2, 2], [-2, 2]],
      look: "blue",
      label: "q",
      name: "query",
      text: `${fixed(s.q[0])}, ${fixed(s.q[1])}`,
      move: (...to) => (s.q = to),
    });
    const top = w.indexOf(Math.max(...w));
    return `The largest weight is ${fixed(w[top])}, on key ${top + 1}. The output is at ${fixed(o[0])}, ${fixed(o[1])}.`;
  },
});
