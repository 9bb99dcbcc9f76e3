// A kernel slid over a digit: each output is the sum of nine products, and the sliders say where
// the kernel may stand.
import { explore, fixed, range } from "./kit.mjs";

// A three of udlbook.data.digits, in sixteenths of black; row 0 is the lowest.
const ROWS = ["01bce600", "01648g70", "00003g50", "0002e900", "0004g700", "0001ed00", "0001ce00", "05cf9100"];
export const image = ROWS.map((row) => [...row].map((v) => parseInt(v, 17) / 16)).reverse();
export const kernels = {
  "to the right": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
  upwards: [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
  outline: [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],
  mean: Array(3).fill(Array(3).fill(1 / 9)),
};
const nine = range(0, 8, 8).map((k) => [Math.floor(k / 3), k % 3]);
const N = 8;

/** Outputs along an axis, as udlbook.layers.output_size. */
export const size = ({ stride, padding, dilation }) =>
  Math.floor((N + 2 * padding - 2 * dilation - 1) / stride) + 1;

/** The pixel that tap k reads for output i. */
const place = (i, k, s) => s.stride * i + s.dilation * k - s.padding;

/** One output, in row i and column j, as udlbook.layers.conv2d. */
export const output = (i, j, s) =>
  nine.reduce((sum, [k, l]) => {
    const pixel = image[place(i, k, s)]?.[place(j, l, s)] ?? 0;
    return sum + kernels[s.kernel][k][l] * pixel;
  }, 0);

const sign = (v) => (v > 0 ? "red" : v < 0 ? "blue" : "grey");
const square = ([x, y], r) => [[x - r, y - r], [x + r, y - r], [x + r, y + r], [x - r, y + r], [x - r, y - r]];
const xticks = range(0, 8, 4).map((v) => [v, v]);
const whole = (key, label, min, max) => ({ key, label, min, max, step: 1, text: String });

explore("convolution", {
  start: { at: [5, 5], kernel: "to the right", stride: 1, padding: 1, dilation: 1 },
  controls: [
    { key: "kernel", label: "kernel", choices: Object.keys(kernels) },
    whole("stride", "stride", 1, 3),
    whole("padding", "padding", 0, 2),
    whole("dilation", "dilation", 1, 2),
  ],
  panels: () => [
    { x: [-2.7, 13.1], y: [-2.7, 9.7], xlabel: "column of the image", ylabel: "row", xticks },
    { x: [-2.9, 12.9], y: [-1.2, 10.2], xlabel: "column of the output", ylabel: "row", xticks },
  ],
  draw([picture, map], s) {
    const n = size(s);
    s.at = s.at.map((v) => Math.min(v, n - 1));
    const [j, i] = s.at;
    const weight = kernels[s.kernel];
    picture.line("rim", square([3.5, 3.5], 4), "grey thin");
    picture.line("zeros", square([3.5, 3.5], 4 + s.padding), "grey thin dotted");
    image.forEach((row, y) => row.forEach((v, x) => picture.dot(`${y},${x}`, [x, y], "ink", 8 * Math.sqrt(v))));
    for (const [k, l] of nine) {
      const w = weight[k][l];
      picture.line(`tap${k}${l}`, square([place(j, l, s), place(i, k, s)], 0.44), sign(w));
      picture.text(`w${k}${l}`, [10.5 + 1.15 * l, 5.6 + 1.3 * k], w % 1 ? "⅑" : fixed(w, 0), sign(w));
    }
    picture.text("kernel", [11.65, 9.5], "kernel", "axis");
    const all = range(0, 9, 9).flatMap((y) => range(0, 9, 9).map((x) => [x, y, y < n && x < n ? output(y, x, s) : 0]));
    const top = Math.max(...all.map(([, , v]) => Math.abs(v)));
    for (const [x, y, v] of all) map.dot(`${y},${x}`, [x, y], sign(v), 8 * Math.sqrt(Math.abs(v) / top));
    map.line("edge", square([(n - 1) / 2, (n - 1) / 2], n / 2), "grey thin");
    map.line("here", square([j, i], 0.5), "ink");
    const corner = 2 * s.dilation + 0.5;
    picture.handle("at", {
      at: [place(j, 0, s) + corner, place(i, 0, s) + corner],
      step: [s.stride, s.stride],
      within: Array(2).fill([corner - s.padding, place(n - 1, 0, s) + corner]),
      name: "kernel",
      text: `column ${j}, row ${i}`,
      move: (...to) => (s.at = to.map((v) => Math.round((v - corner + s.padding) / s.stride))),
    });
    return `In column ${j}, row ${i} the nine products add up to ${fixed(output(i, j, s))}. The output has ${n} × ${n} numbers.`;
  },
});
