r"""
The family tree of distributions
================================

Message: the distributions of this book are relatives. Each arrow is something one can do with
draws of the first to get draws of the second, or a case or limit in which the first is the
second. Used in the chapter :ref:`probability`.

.. alt: Thirteen small pictures of densities in three columns, joined by labelled arrows. Counts
   are in the upper row, waiting times in the second, the normal on the right with vectors and
   Student t below it, shares at the lower left.
"""

# %%
# **Compute.** What each relative looks like, and which arrows there are. The kind of an arrow,
# and that it exists, is looked up in the tested list of conversions.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.probability import (
    CONVERSIONS,
    Bernoulli,
    Beta,
    Binomial,
    Categorical,
    Dirichlet,
    Exponential,
    Gamma,
    Laplace,
    MultivariateNormal,
    Normal,
    Poisson,
    StudentT,
    Uniform,
)

COUNTS = {  # column, row; the distribution; how many values to show
    "categorical": (0, 0, Categorical([0.3, 0.2, 0.5]), 3),
    "Bernoulli": (1, 0, Bernoulli(0.7), 2),
    "binomial": (2, 0, Binomial(8, 0.4), 9),
    "Poisson": (2, 1, Poisson(2.5), 9),
}
DENSITIES = {  # column, row; the distribution; from where to where
    "Laplace": (0, 1, Laplace(), -5, 5),
    "exponential": (1, 1, Exponential(), -0.2, 4),
    "uniform": (0, 2, Uniform(), -0.3, 1.3),
    "gamma": (1, 2, Gamma(3.0), -0.2, 9),
    "normal": (2, 2, Normal(), -3.5, 3.5),
    "beta": (0, 3, Beta(2.5, 4.0), -0.05, 1.05),
    "Student t": (1, 3, StudentT(2.0), -6, 6),
}
VECTORS = {
    "normal vector": (2, 3, MultivariateNormal([0, 0], [[1, 0.6], [0.6, 0.8]])),
    "Dirichlet": (0, 4, Dirichlet([3.0, 2.0, 4.0])),
}
# reversed, so that of two ways between the same families the first is kept
EXISTS = {(name, c.target): c.kind for c in reversed(CONVERSIONS) for name in c.sources}
EXISTS["Gamma", "StudentT"] = EXISTS["InverseGamma", "StudentT"]  # 1 / variance is a gamma
KINDS = {
    "sum": ("blue", "add up or count draws"),
    "function": ("green", "compute from draws"),
    "mixture": ("red", "draw a parameter"),
    "marginal": ("purple", "forget a part"),
    "special case": ("grey", "is a case of"),
    "limit": ("orange", "comes close to"),
}

# from, to; where the arrow starts and ends, in inches from the two middles; its label, and
# where that stands, in inches from the middle of the arrow
ARROWS = [
    ("categorical", "Bernoulli", (0.57, 0.15), (-0.57, 0.15), "two\nclasses", (0, 0.23)),
    ("Bernoulli", "binomial", (0.57, 0.15), (-0.57, 0.15), "sum\nof $n$", (0, 0.23)),
    ("binomial", "Poisson", (0, -0.37), (0, 0.52), "$n$ grows,\n$np$ stays", (-0.4, 0)),
    ("exponential", "Poisson", (0.57, 0.15), (-0.57, 0.15), "count\nuntil $t$", (0, 0.23)),
    ("exponential", "Laplace", (-0.57, 0.24), (0.57, 0.24), "$x - y$", (0, 0.13)),
    ("Laplace", "exponential", (0.57, 0.04), (-0.57, 0.04), "$|x|$", (0, -0.16)),
    ("exponential", "gamma", (0.1, -0.37), (0.1, 0.52), "sum\nof $k$", (0.27, 0)),
    ("gamma", "exponential", (-0.1, 0.52), (-0.1, -0.37), "$k = 1$", (-0.3, 0.06)),
    ("Poisson", "normal", (0, -0.37), (0, 0.52), "rate\ngrows", (-0.32, 0)),
    ("gamma", "normal", (0.57, 0.15), (-0.57, 0.15), "$k$\ngrows", (0, 0.23)),
    ("uniform", "Laplace", (-0.2, 0.52), (-0.2, -0.37), "quan-\ntile", (-0.27, 0)),
    ("uniform", "exponential", (0.35, 0.52), (-0.5, -0.37), "quantile", (-0.42, 0.08)),
    ("uniform", "beta", (-0.1, -0.37), (-0.1, 0.52), "$k$-th\nsmallest", (-0.37, 0)),
    ("beta", "uniform", (0.1, 0.52), (0.1, -0.37), "$a = b$\n$= 1$", (0.31, 0)),
    ("gamma", "beta", (-0.5, -0.3), (0.5, 0.47), "share", (-0.1, 0.17)),
    ("gamma", "Dirichlet", (-0.3, -0.37), (0.57, 0.35), "shares\nof several", (0.3, -0.72)),
    ("Dirichlet", "beta", (0, 0.52), (0, -0.37), "one\nshare", (-0.32, 0)),
    ("gamma", "Student t", (0, -0.37), (0, 0.52), "$1/\\sigma^2$", (0.26, -0.12)),
    ("normal", "Student t", (-0.45, -0.37), (0.38, 0.47), "random $\\sigma$", (-0.36, 0.16)),
    ("Student t", "normal", (0.57, 0.4), (-0.22, -0.37), "$\\nu$ grows", (0.0, -0.34)),
    ("normal", "normal vector", (0.05, -0.37), (0.05, 0.52), "$Az + b$", (-0.36, -0.22)),
    ("normal vector", "normal", (0.25, 0.52), (0.25, -0.37), "one\npart", (0.24, 0)),
]  # fmt: skip
FAMILY = {
    name: type(d).__name__ for name, (_, _, d, *_) in {**COUNTS, **DENSITIES, **VECTORS}.items()
}

# %%
# **Draw.** Inches throughout, on one large pair of axes; every glyph is a small pair of its own.
WIDTH, HEIGHT, PITCH = 5.2, 7.7, 1.5
TIP = {"arrowstyle": "-|>", "lw": 1.4, "shrinkA": 0, "shrinkB": 0}


def middle(column, row):
    return 0.8 + 1.8 * column, HEIGHT - 0.55 - PITCH * row


with book_style():
    fig = plt.figure(figsize=(WIDTH, HEIGHT), layout="none")
    paper = fig.add_axes([0, 0, 1, 1])
    paper.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    paper.axis("off")
    places = {}
    for name, (column, row, d, *shown) in {**COUNTS, **DENSITIES, **VECTORS}.items():
        x, y = places[name] = middle(column, row)
        paper.text(x, y - 0.22, name, ha="center", va="center", fontsize=11)
        ax = fig.add_axes([(x - 0.5) / WIDTH, (y - 0.08) / HEIGHT, 1.0 / WIDTH, 0.55 / HEIGHT])
        ax.axis("off")
        if name in COUNTS:
            values = np.arange(shown[0])
            ax.bar(values, d.prob(values), width=0.55, color="#000000", alpha=0.75)
            ax.set_xlim(-1.2, max(shown[0], 3) + 0.2)
        elif name in DENSITIES:
            grid = np.linspace(*shown, 400)
            ax.fill_between(grid, d.prob(grid), color="#000000", alpha=0.25, lw=0)
            ax.plot(grid, d.prob(grid), color="#000000", lw=1.4)
        elif name == "Dirichlet":
            u, v = np.meshgrid(*2 * [np.linspace(0.002, 0.998, 140)])
            points = np.stack([u, v, 1 - u - v], -1)
            inside = u + v < 1
            density = np.where(inside, d.prob(np.where(inside[..., None], points, 1 / 3)), np.nan)
            ax.contour(u + v / 2, v, density, 4, colors="#000000", linewidths=1)
            ax.plot([0, 1, 0.5, 0], [0, 0, 1, 0], color="#000000", lw=1.2)
            ax.set_xlim(-0.25, 1.25)
        else:
            grid = np.meshgrid(np.linspace(-3, 3, 80), np.linspace(-2.4, 2.4, 80))
            ax.contour(*grid, d.prob(np.stack(grid, -1)), 4, colors="#000000", linewidths=1)
        if name not in VECTORS:
            ax.axhline(0, color="#000000", lw=0.7)
            ax.set_ylim(0)
    for source, target, start, end, text, at in ARROWS:
        kind = EXISTS[FAMILY[source], FAMILY[target]]
        color = COLORS[KINDS[kind][0]]
        (a, b), (c, d) = places[source], places[target]
        start, end = (a + start[0], b + start[1]), (c + end[0], d + end[1])
        paper.annotate(
            "", end, start,
            arrowprops={"color": color, **TIP},
        )  # fmt: skip
        paper.text(
            (start[0] + end[0]) / 2 + at[0], (start[1] + end[1]) / 2 + at[1], text,
            color=color, fontsize=10, ha="center", va="center", linespacing=1.05,
        )  # fmt: skip
    for row, (color, words) in enumerate(KINDS.values()):
        y = 1.25 - 0.21 * row
        paper.annotate(
            "", (2.75, y), (2.4, y),
            arrowprops={"color": COLORS[color], **TIP},
        )  # fmt: skip
        paper.text(2.85, y, words, color=COLORS[color], fontsize=10.5, va="center")
