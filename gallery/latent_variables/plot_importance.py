r"""
Sampling the prior fails as dimensions grow
===========================================

Message: of twenty thousand draws from the prior, the number that matter falls exponentially
with the dimension, as the formula says, and the estimate of the log-likelihood drifts below the
truth. Draws near the posterior keep both. Used in the chapter :ref:`latent-variables`.

.. alt: Above, useful samples against dimension, logarithmic; from the prior they fall straight
   down to a few, from near the posterior slowly. Below, the error of the estimated
   log-likelihood, zero at first and then ever more negative for the prior.
"""

# %%
# **Compute.** Fifteen observations for each dimension; the truth is known exactly.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.latent import LinearLatent, importance
from udlbook.plot import COLORS, book_style

size, tries, wide = 20_000, 15, 1.2
dims = np.array([1, 2, 4, 6, 8, 12, 16, 20, 24, 32])
rng = np.random.default_rng(0)
useful, error, formula = ({"prior": [], "near": []} for _ in range(3))
for dim in dims:
    model = LinearLatent(int(dim))
    x, _ = model.sample(tries, rng=rng)
    found = {"prior": [], "near": []}
    for row in x:
        truth = model.log_marginal(row)
        mean, var = model.posterior(row)
        noise = rng.standard_normal((size, dim))
        log_noise = -0.5 * ((noise**2).sum(axis=1) + dim * np.log(2 * np.pi))
        spread = wide * np.sqrt(var)
        for name, z, log_q in [
            ("prior", noise, log_noise),
            ("near", mean + spread * noise, log_noise - dim * np.log(spread)),
        ]:
            estimate = importance(model.log_joint(row, z), log_q)
            found[name].append((estimate.useful, estimate.log_value - truth))
    for name in found:
        u, e = np.array(found[name]).T
        useful[name].append(np.median(u))
        error[name].append(np.median(e))
    formula["prior"].append(size * np.exp(-np.median(model.log_square_weight(x))))

# %%
# **Draw.** Medians over fifteen observations.
with book_style():
    fig, (top, low) = plt.subplots(2, 1, figsize=(5.8, 5.6), sharex=True)
    for name, color, words in [
        ("prior", "red", "from the prior"),
        ("near", "blue", "near the posterior"),
    ]:
        top.semilogy(dims, useful[name], "o-", ms=5, color=COLORS[color])
        low.plot(dims, error[name], "o-", ms=5, color=COLORS[color])
        low.text(14, -9 if name == "prior" else 1.2, words, color=COLORS[color])
    shown = np.array(formula["prior"]) > 0.3
    top.semilogy(dims[shown], np.array(formula["prior"])[shown], ":", color=COLORS["grey"])
    top.text(4.3, formula["prior"][3] * 0.15, "formula", color=COLORS["grey"], ha="right")
    top.axhline(1, color=COLORS["grey"], lw=0.8)
    top.set(ylabel="useful of 20 000 samples", ylim=(0.3, 1e5))
    low.set(xlabel="hidden dimensions", ylabel="error of $\\log\\,p(\\mathbf{x})$, nats")
    low.axhline(0, color=COLORS["grey"], lw=0.8)
