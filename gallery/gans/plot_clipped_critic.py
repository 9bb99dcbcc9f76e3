r"""
Clipped weights make a dull critic
==================================

Message: two critics of the same network, trained on the same samples, in one dimension. With
clipped weights the slope is whatever the box leaves, here far too small; with a penalty it is near
one between the two clouds. Used in the chapter on adversarial networks.

.. alt: Two curves over a line with blue ticks around minus two and orange ticks around two. The
   penalized critic falls with slope one between them; the clipped one is almost flat.
"""

# %%
# **Compute.** Real samples around -2, generated ones around 2.
import matplotlib.pyplot as plt
import torch
from torch import nn

from udlbook.gans import Wasserstein, clip_weights, gradient_penalty
from udlbook.layers import mlp
from udlbook.plot import COLORS, book_style, label_line
from udlbook.seeding import seeded
from udlbook.training import fit

rng = torch.Generator().manual_seed(0)
real, fake = (m + 0.4 * torch.randn(200, 1, generator=rng) for m in (-2.0, 2.0))
critics = {}
for name in ("clipped", "penalized"):
    with seeded(1):
        critic = critics[name] = mlp(1, 32, 32, 1, activation=nn.SiLU)

    def loss(critic=critic, name=name):
        value = Wasserstein().critic(critic(real), critic(fake))
        if name == "clipped":
            return value
        return value + 10 * gradient_penalty(critic, real, fake, generator=rng)

    def clip(step, value, critic=critic, name=name):
        if name == "clipped":
            clip_weights(critic, 0.1)

    fit(loss, critic, [()] * 400, steps=400, lr=5e-3, on_step=clip)

# %%
# **Draw.** A critic is known up to a constant: both are zero in the middle.
x = torch.linspace(-4, 4, 200)[:, None]
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.4))
    for name, color in [("clipped", "red"), ("penalized", "green")]:
        with torch.no_grad():
            y = critics[name](x) - critics[name](torch.zeros(1, 1))
        (line,) = ax.plot(x[:, 0], y[:, 0], color=COLORS[color])
        where = (-3.4, 14) if name == "penalized" else (-3.2, 12)
        label_line(ax, line, name, where[0], dx=0, dy=where[1], ha="center")
    for cloud, color, name in [(real, "blue", "real"), (fake, "orange", "generated")]:
        ax.plot(cloud[::4, 0], torch.full((50,), -3.2), "|", ms=10, color=COLORS[color])
        ax.text(float(cloud.mean()), -2.75, name, color=COLORS[color], ha="center")
    ax.set(xlabel="$x$", ylabel="critic")
