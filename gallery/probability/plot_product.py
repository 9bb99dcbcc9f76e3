r"""
Normal times normal is normal
=============================

Message: the product of two normal densities is a normal, narrower than both, and nearer to the
narrower one: precisions add up. Used in the chapter :ref:`probability`.

.. alt: Two panels with two bells and their product. Above, a narrow and a wide one; the product
   is the narrowest and stands near the narrow one. Below, two narrow bells far apart; the product
   stands between them, where both are nearly zero.
"""

# %%
# **Compute.** Two cases: two that agree, and two that contradict each other.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.probability import Normal, product

x = np.linspace(-2, 7, 721)
cases = {
    "they agree": (Normal(1.5, 0.7), Normal(3.0, 1.4)),
    "they contradict each other": (Normal(0.5, 0.5), Normal(4.5, 0.5)),
}

# %%
# **Draw.** The product is scaled to area one; its true area is the constant c.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(5.2, 5.0), sharex=True)
    for ax, (title, (p, q)) in zip(axes, cases.items(), strict=True):
        r, log_c = product(p, q)
        for d, color, name in [(p, "blue", "$p$"), (q, "green", "$q$"), (r, "orange", "")]:
            ax.plot(x, d.prob(x), color=COLORS[color])
            ax.fill_between(x, d.prob(x), color=COLORS[color], alpha=0.15, lw=0)
            ax.text(
                d.mu - 0.8 * d.sigma,
                d.prob(d.mu) * 0.85,
                name,
                color=COLORS[color],
                ha="right",
                fontsize=13,
            )
        power = int(np.floor(log_c / np.log(10)))
        digits = np.exp(log_c) / 10.0**power
        c = f"{np.exp(log_c):.2f}" if power > -3 else rf"{digits:.0f} \cdot 10^{{{power}}}"
        ax.text(
            r.mu + 0.5 * r.sigma, r.prob(r.mu) * 0.97, rf"$p\,q\, /\, c$ with $c = {c}$",
            color=COLORS["orange"], ha="left",
        )  # fmt: skip
        ax.set(title=title, ylabel="density", ylim=(0, 1.12 * r.prob(r.mu)))
    axes[1].set(xlabel="$x$", xlim=(-2, 7))
