// Where on the curve does a point come from? Prior and posterior of the hidden number z.
import { explore, fixed, range } from "./kit.mjs";

/** The curve, as udlbook.classical.latent.spiral. */
export const curve = (z) => {
  const [radius, angle] = [1.1 + 0.35 * z, 1.9 * z];
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
};
const REACH = 4;
export const grid = range(-REACH, REACH, 800);
const step = grid[1] - grid[0];
export const prior = (z) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/** log p(x) and p(z | x) on the grid, as udlbook.classical.latent.CurvedLatent. */
export const posterior = (x, sigma) => {
  const logs = grid.map((z) => {
    const [a, b] = curve(z);
    return -0.5 * (z * z + ((x[0] - a) ** 2 + (x[1] - b) ** 2) / sigma ** 2);
  });
  const most = Math.max(...logs);
  const e = logs.map((v) => Math.exp(v - most));
  const sum = e.reduce((total, v) => total + v);
  const level = most + Math.log(sum * step) - 1.5 * Math.log(2 * Math.PI) - 2 * Math.log(sigma);
  return [level, e.map((v) => v / sum / step)];
};

const names = [[-0.2, 0.45], [-0.3, -1.2], [1.35, -0.1], [-0.5, 1.65], [-1.65, -1.4]]; // beside z = -2 to 2
const way = range(-2.6, 2.6, 300);

explore("latent_variables", {
  start: { x: [-1, 0.35], sigma: 0.25 },
  controls: [
    { key: "sigma", label: "noise σ", min: 0.15, max: 1.5, step: 0.02, log: true, text: (v) => fixed(v) },
  ],
  panels: () => [
    { x: [-2.5, 2.5], y: [-2.5, 2.5], xlabel: "x₁", ylabel: "x₂: the curve, and a point" },
    { x: [-2.6, 2.6], y: [0, 4], xlabel: "z", ylabel: "density: prior (grey), posterior" },
  ],
  draw([plane, line], s) {
    const [level, density] = posterior(s.x, s.sigma);
    const top = Math.max(...density);
    plane.line("curve", way.map(curve), "grey");
    [-2, -1, 0, 1, 2].forEach((z) => {
      plane.dot(`place${z}`, curve(z), "grey", 3);
      plane.text(`z${z}`, names[z + 2], fixed(z, 0), "grey");
    });
    line.line("prior", way.map((z) => [z, prior(z)]), "grey");
    line.line("posterior", grid.map((z, i) => [z, density[i]]).filter(([z]) => Math.abs(z) <= 2.6), "red");
    const peaks = grid.filter((_, i) => {
      const here = density[i];
      return here > 0.05 * top && here > (density[i - 1] ?? 0) && here >= (density[i + 1] ?? 0);
    });
    for (let i = 0; i < 3; i++) {
      const z = peaks[i] ?? peaks[0];
      plane.line(`from${i}`, [s.x, curve(z)], "red thin dotted");
      plane.dot(`peak${i}`, curve(z), "red", 5);
    }
    plane.handle("x", {
      at: s.x,
      step: [0.02, 0.02],
      within: [[-2.4, 2.4], [-2.4, 2.4]],
      look: "blue",
      label: "x",
      name: "point",
      text: `${fixed(s.x[0])}, ${fixed(s.x[1])}`,
      move: (...to) => (s.x = to),
    });
    const places = peaks.map((z) => fixed(z, 1)).join(" and ");
    return `log p(x) is ${fixed(level)} nats. ${peaks.length > 1 ? "Peaks" : "One peak"} of the posterior at z = ${places}.`;
  },
});
