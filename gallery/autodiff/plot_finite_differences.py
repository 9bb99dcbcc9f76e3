r"""
Finite differences lose half of the digits
==========================================

Message: a step that is too large bends the truth, one that is too small drowns in rounding. The
best forward difference keeps about half of the sixteen digits, the best central one two thirds.
Used in the chapter :ref:`autodiff`.

.. alt: Error against step size on logarithmic axes. Two V-shaped clouds of points fall and then
   rise; the V of the central difference has its tip further right and lower.
"""

# %%
# **Compute.** The function is :math:`e^{\sin x}`, whose derivatives are known. For each step the
# error is the median over a hundred places, so that lucky roundings do not hide the trend.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

x = np.linspace(0.5, 1.0, 100)
f = np.exp(np.sin(x))
slope = np.cos(x) * f
second = (np.cos(x) ** 2 - np.sin(x)) * f
third = (np.cos(x) ** 3 - 3 * np.sin(x) * np.cos(x) - np.cos(x)) * f

step = np.logspace(-14, -1, 105)[:, None]
up, down = np.exp(np.sin(x + step)), np.exp(np.sin(x - step))
forward = np.median(np.abs((up - f) / step - slope), axis=1)
central = np.median(np.abs((up - down) / (2 * step) - slope), axis=1)
step = step[:, 0]
eps = np.finfo(float).eps

# %%
# **Draw.** Thin lines are the two sources of error, each alone; the arrows point at the steps that
# balance them.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.8))
    ax.loglog(step, forward, ".", ms=5, color=COLORS["orange"])
    ax.loglog(step, central, ".", ms=5, color=COLORS["blue"])
    truncation = {"forward": step * np.median(np.abs(second)) / 2}
    truncation["central"] = step**2 * np.median(np.abs(third)) / 6
    for line in (*truncation.values(), eps * np.median(f) / step):
        ax.loglog(step, line, "-", lw=0.9, color=COLORS["grey"])
    ax.set(xlabel="step size $h$", ylabel="error of the derivative", ylim=(2e-14, 1e-1))
    along = {"ha": "center", "va": "center", "fontsize": 10, "rotation_mode": "anchor"}
    ax.text(3e-12, 1.2e-3, r"rounding: $\varepsilon\,|f|\,/\,h$", rotation=-31, **along)
    ax.text(6e-5, 4e-4, r"truncation: $h\,|f''|\,/\,2$", rotation=31, **along)
    ax.text(2.5e-3, 2e-8, r"truncation: $h^2|f'''|\,/\,6$", rotation=50, **along)
    tip = {
        "forward": np.sqrt(2 * eps * np.median(f) / np.median(np.abs(second))),
        "central": np.cbrt(1.5 * eps * np.median(f) / np.median(np.abs(third))),
    }
    for name, error, color, height, va in [
        ("forward", forward, "orange", 2e-6, "bottom"),
        ("central", central, "blue", 4e-13, "top"),
    ]:
        ax.annotate(
            f"{name} difference",
            xy=(tip[name], np.interp(tip[name], step, error)),
            xytext=(tip[name], height),
            color=COLORS[color],
            ha="center",
            va=va,
            arrowprops={"arrowstyle": "->", "color": COLORS[color], "shrinkB": 6},
        )
