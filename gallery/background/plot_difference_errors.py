r"""
A step can be too small, unless it is imaginary
===============================================

Message: the error of a difference is a V over the step, because what a small step gains in
truncation it loses in rounding. For second differences the V stands higher. An imaginary step
subtracts nothing, and has no V. Used in the chapter :ref:`background`.

.. alt: Errors against steps on logarithmic axes. Two V-shaped clouds of points, the one for the
   second derivative higher and further right. A third cloud falls in a straight line and stays at
   the bottom.
"""

# %%
# **Compute.** The sine at two hundred places. Medians, so that lucky roundings do not hide the
# trend.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

x = np.linspace(0.4, 1.2, 200)
step = np.logspace(-12, -0.5, 116)
h = step[:, None]
up, down = np.sin(x + h), np.sin(x - h)
errors = {
    "second": (up - 2 * np.sin(x) + down) / h**2 + np.sin(x),
    "first": (up - down) / (2 * h) - np.cos(x),
    "imaginary": np.sin(x + 1j * h).imag / h - np.cos(x),
}
errors = {name: np.median(np.abs(e), axis=1) for name, e in errors.items()}
errors["second"][step < 3e-9] = np.nan  # off the picture
errors["imaginary"] = np.maximum(errors["imaginary"], 2e-17)  # zero has no logarithm
eps = np.finfo(float).eps
value, slope = np.median(np.sin(x)), np.median(np.cos(x))
lines = [
    step**2 / 6 * slope,
    eps * value / (2 * step),
    step**2 / 12 * value,
    2 * eps * value / step**2,
]

# %%
# **Draw.** Thin lines are truncation and rounding, each alone.
with book_style():
    fig, ax = plt.subplots(figsize=(5.8, 4.4))
    for line in lines:
        ax.loglog(step, line, color=COLORS["grey"], lw=0.9)
    for name, color in [("second", "orange"), ("first", "blue"), ("imaginary", "green")]:
        ax.loglog(step, errors[name], ".", ms=4.5, color=COLORS[color])
    ax.set(xlabel="step $h$", ylabel="error", ylim=(1e-17, 1e1), xlim=(1e-12, 0.4))
    ax.text(1.2e-6, 2e-3, "second\ndifference", color=COLORS["orange"], ha="left", va="bottom")
    ax.text(3e-10, 3e-8, "central\ndifference", color=COLORS["blue"], ha="right", va="top")
    ax.text(1e-10, 4e-16, "imaginary step", color=COLORS["green"], ha="center", va="bottom")
    ax.set_xticks([1e-12, 1e-9, 1e-6, 1e-3])
    ax.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
