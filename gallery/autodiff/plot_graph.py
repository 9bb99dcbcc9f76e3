r"""
Values flow forward, derivatives flow back
==========================================

Message: in the graph of a small expression each arrow carries one slope. The derivative at a box
is the sum, over the arrows that leave it, of the slope times the derivative where the arrow
ends. Used in the chapter :ref:`autodiff`.

.. alt: Six boxes joined by arrows: a and b each lead to a sum s and a product p, p leads to its
   exponential q, and s and q lead to y. Each box shows a value above and a derivative below.
"""

# %%
# **Compute.** The engine hands gradients to leaves. To see those inside, add to each step a leaf
# that is zero: it changes nothing, and its gradient is that of the step.
import math

import matplotlib.pyplot as plt

from udlbook.autodiff import Tensor, exp
from udlbook.plot import COLORS, book_style

a, b = Tensor(1.0, requires_grad=True), Tensor(-0.5, requires_grad=True)
probe = {name: Tensor(0.0, requires_grad=True) for name in "spqy"}
s = a + b + probe["s"]
p = a * b + probe["p"]
q = exp(p) + probe["q"]
y = s * q + probe["y"]
y.backward()

value = {name: t.item() for name, t in zip("abspqy", (a, b, s, p, q, y), strict=True)}
bar = {"a": a.grad, "b": b.grad} | {name: leaf.grad for name, leaf in probe.items()}
slope = {"as": 1.0, "bs": 1.0, "ap": value["b"], "bp": value["a"]}
slope |= {"pq": value["q"], "sy": value["q"], "qy": value["s"]}
for name in "abspq":  # the chain rule, box by box
    total = sum(slope[edge] * bar[edge[1]] for edge in slope if edge[0] == name)
    assert math.isclose(total, bar[name])

# %%
# **Draw.** Blue: values, left to right. Orange: derivatives of y, right to left. Beside each arrow
# stands its slope.
place = {"a": (0, 2), "b": (0, 0), "s": (3, 2), "p": (3, 0), "q": (5.1, 0), "y": (7.3, 1)}
formula = {"a": "a", "b": "b", "s": "s = a + b", "p": "p = a\\,b", "q": "q = e^{\\,p}"}
formula["y"] = "y = s\\,q"
WIDTH, HEIGHT = 1.3, 1.16


def signed(number):
    """A number with a true minus sign."""
    return f"{number:.2f}".replace("-", "−")


with book_style():
    fig, ax = plt.subplots(figsize=(7.2, 3.3))
    for name, (x, height) in place.items():
        corner = (x - WIDTH / 2, height - HEIGHT / 2)
        box = plt.matplotlib.patches.FancyBboxPatch(
            corner, WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=0.12", fill=False, lw=1
        )
        ax.add_patch(box)
        ax.text(x, height + 0.33, f"${formula[name]}$", ha="center", va="center", fontsize=12)
        ax.text(x, height, signed(value[name]), ha="center", va="center", color=COLORS["blue"])
        ax.text(
            x, height - 0.33, signed(bar[name]), ha="center", va="center", color=COLORS["orange"]
        )
    for edge, number in slope.items():
        (x0, y0), (x1, y1) = place[edge[0]], place[edge[1]]
        start, end = (x0 + WIDTH / 2, y0), (x1 - WIDTH / 2, y1)
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "black", "lw": 1})
        along = 0.2 if edge in ("ap", "bs") else 0.5
        x, height = (u + along * (v - u) for u, v in zip(start, end, strict=True))
        side = {
            "ap": (0.4, 0.08),
            "bs": (0.4, -0.08),
            "bp": (0, -0.18),
            "qy": (-0.27, 0.1),
            "sy": (0.1, 0.2),
        }
        dx, dy = side.get(edge, (0, 0.17))
        ax.text(x + dx, height + dy, signed(number), ha="center", va="center", fontsize=9.5)
    ax.text(7.3, 2.45, "value", ha="center", color=COLORS["blue"])
    ax.text(7.3, 2.1, "derivative of $y$", ha="center", color=COLORS["orange"])
    ax.text(7.3, 1.75, "beside arrows: slope", ha="center", fontsize=9.5)
    ax.set(xlim=(-0.75, 8.5), ylim=(-0.7, 2.75), aspect="equal")
    ax.axis("off")
