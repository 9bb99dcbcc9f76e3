r"""
Averages that learn, and averages that do not
=============================================

Message: the average of more and more normal draws closes in on the mean. The average of Cauchy
draws has no mean to close in on: of any number, it is as wide as a single draw. Used in the
chapter :ref:`probability`.

.. alt: Above, running averages: of normals a flat line, of Cauchys one that jumps. Below, on
   logarithmic axes, the width of averages against their number: falling for normals, flat for
   Cauchys, falling for the medians of Cauchys.
"""

# %%
# **Compute.** Running averages of one long series each; and half of the width that holds the
# middle half of 4000 averages of N draws.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(5)
steps = np.arange(1, 3001)
normal, cauchy = rng.normal(size=3000), rng.standard_cauchy(3000)
running = {"normal": normal.cumsum() / steps, "Cauchy": cauchy.cumsum() / steps}

sizes = np.array([1, 3, 10, 30, 100, 300, 1000])


def half_width(values):
    return np.diff(np.quantile(values, [0.25, 0.75]))[0] / 2


widths = {"normal": [], "Cauchy": [], "median": []}
for n in sizes:
    widths["normal"].append(half_width(rng.normal(size=(4000, n)).mean(1)))
    draws = rng.standard_cauchy((4000, n))
    widths["Cauchy"].append(half_width(draws.mean(1)))
    widths["median"].append(half_width(np.median(draws, 1)))
assert 0.9 < widths["Cauchy"][-1] < 1.1 and widths["median"][-1] < 0.05

# %%
# **Draw.** One series above, all widths below.
with book_style():
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(5.2, 5.8))
    for name, color in [("Cauchy", "orange"), ("normal", "blue")]:
        top.plot(steps, running[name], color=COLORS[color], lw=1.4)
    top.text(2950, 1.25, "Cauchy", color=COLORS["orange"], ha="right")
    top.text(2950, -0.25, "normal", color=COLORS["blue"], ha="right", va="top")
    top.set(xlabel="draws so far", ylabel="their average", xlim=(0, 3000))
    styles = {
        "normal": ("blue", "o-", "averages of normals", (1.1, 0.09)),
        "Cauchy": ("orange", "s-", "averages of Cauchys", (30, 1.25)),
        "median": ("green", "^--", "medians of Cauchys", (40, 0.25)),
    }
    for name, (color, marker, words, place) in styles.items():
        bottom.loglog(sizes, widths[name], marker, color=COLORS[color], ms=5)
        bottom.text(*place, words, color=COLORS[color])
    bottom.set(xlabel="number of draws $N$", ylabel="half of them within", ylim=(0.012, 2.2))
