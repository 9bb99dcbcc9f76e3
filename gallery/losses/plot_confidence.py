r"""
A confident mistake must hurt
=============================

Message: against the logit, cross-entropy keeps a slope of one however wrong the prediction is.
The squared error of the probability goes flat there, and training stops where it is needed most.
Used in the chapter :ref:`losses`.

.. alt: Two curves over the logit, for a label of one. To the left, where the prediction is wrong,
   cross-entropy rises in a straight line, while the squared error levels off at one.
"""

# %%
# **Compute.** The label is 1; the logit says how sure the network is of it.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.losses import BernoulliLoss
from udlbook.plot import COLORS, book_style

logit = np.linspace(-8, 6, 281)
p = BernoulliLoss().distribution(logit).p
cross_entropy = BernoulliLoss().per_example(logit, np.ones(281))
squared = (1 - p) ** 2

# %%
# **Draw.** Both start at zero for a sure and correct answer.
with book_style():
    fig, ax = plt.subplots(figsize=(5.6, 3.6))
    ax.plot(logit, cross_entropy, color=COLORS["blue"])
    ax.plot(logit, squared, color=COLORS["orange"])
    ax.axvline(0, color=COLORS["grey"], lw=0.7)
    ax.text(-4.2, 5.0, r"$-\log p$", color=COLORS["blue"])
    ax.text(-7.9, 1.2, "$(1-p)^2$: flat", color=COLORS["orange"])
    ax.text(-4, -0.85, "sure and wrong", ha="center", color=COLORS["grey"], fontsize=10)
    ax.text(3, -0.85, "sure and right", ha="center", color=COLORS["grey"], fontsize=10)
    ax.set(xlabel="logit of the true label", ylabel="loss", xlim=(-8, 6), ylim=(-1.2, 8))
    ax.set_yticks([0, 2, 4, 6, 8])
