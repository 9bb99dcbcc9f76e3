r"""
Two players who learn at once run in circles
============================================

Message: in the smallest adversarial game, steps of both players spiral outwards, and a penalty on
the slope of the critic at real points turns the spiral inwards. Used in the chapter on adversarial
networks.

.. alt: Two spirals that start at the same dot, around a cross at the origin. The red one, without
   penalty, winds outwards; the blue one, with penalty R1, ends in the cross.
"""

# %%
# **Compute.** Data sit at 0, generated points at theta; the critic is psi x, the loss minimax.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style


def path(gamma, lr=0.25, steps=110):
    """Simultaneous steps of gradient descent on the losses of the two players."""
    at = [np.array([1.0, 0.0])]
    for _ in range(steps):
        theta, psi = at[-1]
        slope = 1 / (1 + np.exp(-theta * psi))  # of softplus, at the logit of the generated point
        at.append(at[-1] + lr * np.array([slope * psi, -slope * theta - gamma * psi]))
    return np.array(at)


paths = {"without": (path(0.0), "red"), "with": (path(0.2), "blue")}

# %%
# **Draw.** The cross is where both are content.
with book_style():
    fig, ax = plt.subplots(figsize=(5.2, 4.2))
    for at, color in paths.values():
        ax.plot(*at.T, ".-", color=COLORS[color], lw=0.8, ms=3)
    ax.plot(0, 0, "+", color="black", ms=14, mew=2)
    ax.plot(1, 0, "o", color="black", ms=5)
    ax.annotate("start", (1, 0), xytext=(6, 4), textcoords="offset points")
    ax.text(0.02, 1.0, "no penalty", color=COLORS["red"], transform=ax.transAxes)
    ax.text(0.35, 1.0, "R1 penalty", color=COLORS["blue"], transform=ax.transAxes)
    ax.set(xlabel=r"generated point $\theta$", ylabel=r"slope of the critic $\psi$")
    ax.set_aspect("equal")
