// A network with three hidden units: each bends a line once, and the output adds the three up.
import { explore, fixed } from "./kit.mjs";

export const start = { u: [1.2, -1, 1.6], c: [-0.6, 1, -2.4], w: [-1.3, 0.8, 2.6], b: 0.3 };

/** The stages of the network, and where its units bend; as udlbook.networks.shallow. */
export function network(x, { u, c, w, b }) {
  const f = u.map((slope, d) => c[d] + slope * x);
  const h = f.map((v) => Math.max(v, 0));
  const parts = h.map((v, d) => w[d] * v);
  return { f, h, parts, y: b + parts.reduce((sum, v) => sum + v) };
}
export const joints = ({ u, c }) => u.map((slope, d) => -c[d] / slope);

/** The slopes of the straight pieces from left to right: sums over the units that are on. */
export function slopes(s) {
  const ends = [-1e9, ...joints(s).sort((a, b) => a - b), 1e9];
  return ends.slice(1).map((end, i) => {
    const { f } = network((ends[i] + end) / 2, s);
    return f.reduce((sum, v, d) => sum + (v > 0 ? s.w[d] * s.u[d] : 0), 0);
  });
}

const LOOKS = ["blue", "orange", "green"];
const REACH = 0.35; // how far a lever stands from its joint
const X = [0, 2];

explore("shallow_networks", {
  start,
  stack: true,
  controls: [{ key: "b", label: "bias b", min: -2.5, max: 2.5, step: 0.05, text: (v) => fixed(v) }],
  panels: () => [
    { x: X, y: [-2, 2], xlabel: "input x", ylabel: "hidden units, clipped and weighed" },
    { x: X, y: [-3, 3], xlabel: "input x", ylabel: "output y: b and the three above, added up" },
  ],
  draw([units, output], s) {
    const at = joints(s);
    const zero = [[X[0], 0], [X[1], 0]];
    units.line("zero", zero, "grey thin");
    output.line("zero", zero, "grey thin");
    LOOKS.forEach((look, d) => {
      const { u, c, w } = s;
      const name = `unit ${d + 1}`;
      const side = Math.sign(u[d]);
      const jump = w[d] * Math.abs(u[d]);
      const kinks = [X[0], at[d], X[1]];
      for (const panel of [units, output]) panel.line(`joint${d}`, [[at[d], -3], [at[d], 3]], `${look} thin dotted`);
      units.line(`whole${d}`, X.map((x) => [x, w[d] * (c[d] + u[d] * x)]), `${look} thin dashed faint`);
      units.line(`part${d}`, kinks.map((x) => [x, network(x, s).parts[d]]), look);
      units.handle(`lever${d}`, {
        at: [at[d] + side * REACH, jump * REACH],
        step: [0, 0.02],
        within: [X, [-1.8, 1.8]],
        look: `${look} full`,
        name: `slope of ${name}`,
        text: fixed(side * jump),
        move: (x, y) => (w[d] = y / REACH / Math.abs(u[d])),
      });
      units.handle(`place${d}`, {
        at: [at[d], 0],
        step: [0.02, 0],
        within: [side > 0 ? [0, 2 - REACH] : [REACH, 2], [0, 0]],
        look,
        label: `${d + 1}`,
        name: `joint of ${name}`,
        text: `x ${fixed(at[d])}`,
        move: (x) => (c[d] = -u[d] * x),
      });
    });
    const corners = [X[0], ...at, X[1]].sort((a, b) => a - b);
    output.line("y", corners.map((x) => [x, network(x, s).y]), "ink");
    const words = slopes(s).map((v) => fixed(v)).join(", ");
    return `Slopes of the four pieces: ${words}. Drag a number to move a joint, a dot to turn a slope.`;
  },
});
