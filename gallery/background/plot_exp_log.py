r"""
exp and log are mirror images; one bends up, the other down
===========================================================

Message: mirrored at the diagonal, exp becomes log. The tangents lie below exp and above log, the
chords above exp and below log: one is convex, the other concave. Used in the chapter
:ref:`background`.

.. alt: A rising curve that bends upward and its mirror image, which bends downward, on either side
   of a diagonal. A thin tangent touches each, exp at height one, log where it crosses zero; a
   dashed chord joins two points of each.
"""

# %%
# **Compute.** Both functions, a tangent and a chord of exp. Mirroring swaps the coordinates.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

t = np.linspace(-3.2, 1.5, 200)
curve = np.stack([t, np.exp(t)])
tangent = np.stack([t, 1 + t])
ends = np.array([-1.7, 1.35])
chord = np.stack([ends, np.exp(ends)])
assert np.all(curve[1] >= tangent[1])
inside = curve[:, (t > ends[0]) & (t < ends[1])]
assert np.all(inside[1] <= np.interp(inside[0], *chord))
assert np.allclose(np.log(curve[1]), curve[0])  # the mirror image is log

# %%
# **Draw.** Axes of equal scale, or the mirror would not look like one.
with book_style():
    fig, ax = plt.subplots(figsize=(5.2, 5.0))
    ax.axhline(0, color=COLORS["grey"], lw=0.6)
    ax.axvline(0, color=COLORS["grey"], lw=0.6)
    ax.plot([-3.2, 4.4], [-3.2, 4.4], color=COLORS["grey"], lw=0.9, ls=":")
    for color, turn in [("blue", 1), ("orange", -1)]:
        ax.plot(*curve[::turn], color=COLORS[color], lw=2.2)
        ax.plot(*tangent[::turn], color=COLORS[color], lw=0.8)
        ax.plot(*chord[::turn], "o--", color=COLORS[color], lw=1.1, ms=4)
        points = np.array([[0, 1], [1, np.e]]).T[::turn]
        ax.plot(*points, "o", color=COLORS[color], ms=6)
    ax.text(0.12, 1.02, "1", color=COLORS["blue"], va="top", ha="left")
    ax.text(1.12, np.e - 0.02, r"$(1,\,e)$", color=COLORS["blue"], va="center", fontsize=13)
    ax.text(1.0, -0.12, "1", color=COLORS["orange"], va="top", ha="left")
    ax.text(np.e, 0.82, r"$(e,\,1)$", color=COLORS["orange"], va="top", ha="center", fontsize=13)
    ax.text(0.95, 3.75, "$e^x$", color=COLORS["blue"], ha="right", fontsize=15)
    ax.text(3.7, 1.55, r"$\log x$", color=COLORS["orange"], ha="center", fontsize=15)
    ax.text(-3.1, 0.28, r"$\to 0$", color=COLORS["blue"], fontsize=13)
    ax.text(0.22, -2.9, r"$\to -\infty$", color=COLORS["orange"], fontsize=13)
    ax.text(-2.05, -0.8, "$1+x$", color=COLORS["blue"], ha="right", fontsize=12)
    ax.text(-0.55, -2.1, "$x-1$", color=COLORS["orange"], ha="right", fontsize=12)
    ax.set(aspect="equal", xlim=(-3.2, 4.4), ylim=(-3.2, 4.4), xlabel="$x$")
    ax.set(xticks=range(-3, 5), yticks=range(-3, 5))
