r"""
Averages that start at zero make the first steps of Adam too long
=================================================================

Message: the mean of the gradient forgets its start after ten steps, the mean of its square only
after a thousand. In between the step is several times too long, unless both are corrected. Used in
the chapter on optimizers.

.. alt: Length of Adam's steps in units of the learning rate, against the step on a logarithmic
   axis. Uncorrected, the curve starts near three, rises above six and comes back to one after a
   thousand steps. Corrected, it is a level line at one.
"""

# %%
# **Compute.** The gradient is constant, so an ideal step is one learning rate long.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.optim import Adam
from udlbook.plot import COLORS, book_style, label_line

n_steps = 10_000


def step_lengths(bias_correction):
    """Lengths of the steps in units of the learning rate."""
    phi = np.zeros(1)
    optimizer = Adam(phi, 1e-3, bias_correction=bias_correction)
    points = [0.0]
    for _ in range(n_steps):
        optimizer.step(np.ones(1))
        points.append(phi[0])
    return -np.diff(points) / 1e-3


t = np.arange(1, n_steps + 1)
lengths = {"uncorrected": step_lengths(False), "corrected": step_lengths(True)}
formula = (1 - 0.9**t) / np.sqrt(1 - 0.999**t)
np.testing.assert_allclose(lengths["uncorrected"], formula, rtol=1e-6)
np.testing.assert_allclose(lengths["corrected"], 1, rtol=1e-6)

# %%
# **Draw.**
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.0))
    (line,) = ax.semilogx(t, lengths["uncorrected"], color=COLORS["red"])
    label_line(ax, line, "uncorrected", x=40, dx=6, dy=6)
    (line,) = ax.semilogx(t, lengths["corrected"], color=COLORS["blue"])
    label_line(ax, line, "corrected", x=3, dx=0, dy=-10)
    ax.set(xlabel="step $t$", ylabel="length of step / learning rate", ylim=(0, 7), xlim=(1, None))
