r"""
A number, a curve and noise make a cloud in the plane
=====================================================

Message: the hidden number picks a place on the curve, noise blurs it, and the sum of all these
round clouds is the density of what is seen. Used in the chapter :ref:`latent-variables`.

.. alt: A bell curve over z whose area runs through a row of colours. A spiral in the same colours
   with three round clouds on it. A heat map that follows the spiral, bright where it is dense.
   Points along the spiral, coloured by z.
"""

# %%
# **Compute.** The model, its marginal on a grid of places, and samples.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.latent import CurvedLatent, spiral
from udlbook.plot import book_style

model = CurvedLatent(size=401)
z = np.linspace(-2.6, 2.6, 400)
axis = np.linspace(-2.6, 2.6, 121)
places = np.stack(np.meshgrid(axis, axis), axis=-1)
density = np.exp(model.log_marginal(places))
points, hidden = model.sample(1500, rng=np.random.default_rng(0))

# %%
# **Draw.** The colour of z is the same in all panels.
look = {"cmap": "viridis", "vmin": -2.6, "vmax": 2.6}
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 6.4))
    ax = axes[0, 0]
    height = np.exp(model.log_prior(z))
    ax.bar(z, height, width=z[1] - z[0], color=plt.get_cmap("viridis")((z + 2.6) / 5.2))
    ax.set(title="1. draw $z$ from the prior", xlabel="$z$", ylabel="density", ylim=(0, 0.5))
    ax = axes[0, 1]
    ax.scatter(*spiral(z).T, c=z, s=6, **look)
    for value, side in [(-1.2, (-0.45, -0.85)), (0.3, (0.3, -0.75)), (1.4, (-0.75, 0.6))]:
        centre = spiral(value)
        for radius in (1, 2):
            circle = plt.Circle(centre, radius * model.sigma, color="#6b6b6b", fill=False, lw=1.2)
            ax.add_patch(circle)
        ax.annotate(f"$z = {value}$", centre + np.array(side), fontsize=11)
    ax.set(title="2. go to $f(z)$, add noise")
    ax = axes[1, 0]
    ax.pcolormesh(axis, axis, density, cmap="magma", rasterized=True)
    ax.set(title="3. over all $z$: the marginal $p(\\mathbf{x})$")
    ax = axes[1, 1]
    ax.scatter(*points.T, c=hidden, s=5, rasterized=True, **look)
    ax.set(title="4. what is seen, without the colour")
    for ax in axes.ravel()[1:]:
        ax.set(xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), aspect="equal", xlabel="$x_1$")
        ax.set_ylabel("$x_2$", rotation=0)
