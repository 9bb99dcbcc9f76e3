// A bell over twelve numbers: its heights at the data multiply to the likelihood, and the loss is
// the mean of their negative logarithms.
import { explore, fixed, range } from "./kit.mjs";

// Drawn once from a normal with mean 2 and deviation 1.
export const data = [1.35, 1.83, 3.66, 2.66, 0.36, 1.99, 1.38, 2.15, 0.39, 2.24, 2.24, 3.58];
const N = data.length;

export const density = (y, mu, sigma) =>
  Math.exp(-0.5 * ((y - mu) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));

/** The mean negative log likelihood in nats, as udlbook.losses.GaussianLoss. */
export const loss = (mu, sigma) =>
  data.reduce((sum, y) => sum + 0.5 * ((y - mu) / sigma) ** 2, 0) / N +
  Math.log(sigma) +
  0.5 * Math.log(2 * Math.PI);
export const logLikelihood = (mu, sigma) => -N * loss(mu, sigma);
export const likelihood = (mu, sigma) => data.reduce((product, y) => product * density(y, mu, sigma), 1);

/** The sigma of the least loss for a mean: the root mean squared distance. */
export const best = (mu) => Math.sqrt(data.reduce((sum, y) => sum + (y - mu) ** 2, 0) / N);

const mean = data.reduce((sum, y) => sum + y) / N;
const most = likelihood(mean, best(mean));
const power = Math.floor(Math.log10(most));
const raised = [...`${power}`].map((d) => (d === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[d])).join("");
const CURVES = {
  loss: { of: loss, y: [1, 4], ylabel: "loss: nats per example" },
  "log likelihood": { of: logLikelihood, y: [-48, -12], ylabel: "log likelihood: nats" },
  likelihood: {
    of: (mu, sigma) => likelihood(mu, sigma) / 10 ** power,
    y: [0, (1.15 * most) / 10 ** power],
    ylabel: `likelihood, times 10${raised}`,
  },
};
const SIGMA = [0.5, 3];

explore("losses", {
  start: { mu: 1.1, sigma: 1.8, curve: "loss" },
  controls: [
    { key: "mu", label: "mean μ", min: -0.5, max: 4.5, step: 0.02, text: (v) => fixed(v) },
    { key: "sigma", label: "deviation σ", min: SIGMA[0], max: SIGMA[1], step: 0.02, text: (v) => fixed(v) },
    { key: "curve", label: "Curve", choices: Object.keys(CURVES) },
  ],
  panels: (s) => [
    { x: [-1.5, 5.5], y: [0, 0.8], xlabel: "y", ylabel: "density of y" },
    { x: [0, 3], xlabel: "deviation σ", ...CURVES[s.curve] },
  ],
  draw([bell, curve], s) {
    const { mu, sigma } = s;
    const height = (y) => density(y, mu, sigma);
    const { of } = CURVES[s.curve];
    bell.line("bell", range(-1.5, 5.5, 140).map((y) => [y, height(y)]), "blue");
    data.forEach((y, n) => {
      bell.line(`stem${n}`, [[y, 0], [y, height(y)]], "orange thin");
      bell.dot(`point${n}`, [y, 0], "orange", 4);
    });
    bell.handle("mean", {
      at: [mu, height(mu)],
      step: [0.02, 0],
      within: [[-0.5, 4.5], [0, 1]],
      look: "blue",
      label: "μ",
      name: "mean",
      text: fixed(mu),
      move: (y) => (s.mu = y),
    });
    bell.handle("deviation", {
      at: [mu + sigma, height(mu + sigma)],
      step: [0.02, 0],
      within: [SIGMA.map((v) => mu + v), [0, 1]],
      look: "blue",
      label: "σ",
      name: "deviation, one to the right of the mean",
      text: fixed(sigma),
      move: (y) => (s.sigma = y - mu),
    });
    const least = best(mu);
    curve.line("least", [[least, CURVES[s.curve].y[0]], [least, CURVES[s.curve].y[1]]], "grey dotted thin");
    curve.text("best", [least + 0.06, CURVES[s.curve].y[1]], "best", "grey", "start");
    curve.line("curve", range(0.1, 3, 290).map((v) => [v, of(mu, v)]), "red");
    curve.dot("here", [sigma, of(mu, sigma)], "blue", 6);
    return `Loss ${fixed(loss(mu, sigma))} nats per example. For this mean the best deviation is ${fixed(least)}, with loss ${fixed(loss(mu, least))}.`;
  },
});
