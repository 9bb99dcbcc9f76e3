r"""
One distance knows how far, the other only whether
==================================================

Message: two narrow normals, moved apart. Jensen-Shannon says the same at every distance once they
no longer touch; the Wasserstein distance keeps counting. Used in the chapter on adversarial
networks.

.. alt: Two curves against the distance of two narrow normals. One rises steeply and is flat at
   the logarithm of two from there on; the other is a straight line.
"""

# %%
# **Compute.** Jensen-Shannon by quadrature; the Wasserstein distance of shifted copies is the
# shift.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style, label_line
from udlbook.probability import Normal

sigma = 0.2
shift = np.linspace(0, 3, 61)
x = np.linspace(-2, 5, 7001)


def jensen_shannon(a):
    """By the trapezoidal rule, in nats; in logarithms, because densities underflow."""
    log_p, log_q = (Normal(m, sigma).log_prob(x) for m in (0.0, a))
    log_m = np.logaddexp(log_p, log_q) - np.log(2)
    parts = [np.exp(f) * (f - log_m) for f in (log_p, log_q)]
    return np.trapezoid(sum(parts) / 2, x)


js = [jensen_shannon(a) for a in shift]

# %%
# **Draw.** Both start at zero; a slope is what a generator learns from.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.2))
    (line,) = ax.plot(shift, shift, color=COLORS["green"])
    label_line(ax, line, "Wasserstein", 1.4, dx=-6, ha="right")
    (line,) = ax.plot(shift, js, color=COLORS["red"])
    label_line(ax, line, r"Jensen-Shannon, at most $\log 2$", 1.6, dx=0, dy=-12)
    ax.set(xlabel="distance of the means (deviations are 0.2)", ylabel="distance")
    ax.set(ylim=(0, 2), xlim=(0, 2.5))
