r"""
How an example of MNIST-1D is made
==================================

Message: a digit is a curve of twelve points, and what surrounds it looks much like it. The upper
row shows its way from the template to the finished example, the lower row one example of each
digit. Orange is what is left of the template, blue is padding and noise. Used in the chapter
:ref:`measuring-performance`.

.. alt: Upper row, a curve with two humps is stretched, shifted, covered with smooth noise and
   tilted. Below, ten wavy signals, one for each digit; a short orange part of each is the digit.
"""

# %%
# **Compute.** The stages of one example of the digit 3, and one example of each digit. Where the
# shifted signal is not zero, it stems from the template.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import MNIST1DConfig, mnist1d_stages, mnist1d_templates
from udlbook.plot import COLORS, book_style

template = mnist1d_templates()[0][3]
one = {name: x[0] for name, x in mnist1d_stages([3], MNIST1DConfig(seed=48)).items()}
ten = mnist1d_stages(np.arange(10), MNIST1DConfig(seed=5))


def digit_part(stages, name):
    """True where a point of this stage stems from the template."""
    x = stages["stretched" if name in ("stretched", "scaled") else "shifted"] != 0
    places = np.linspace(0, x.shape[-1] - 1, stages[name].shape[-1]).round().astype(int)
    return x[..., places]


# %%
# **Draw.** The signal runs from top to bottom, as its authors draw it, so that digits look like
# digits; all panels share one scale.
def draw(ax, x, is_digit, title, marker=None):
    """A signal, with the digit's part in orange."""
    place = np.linspace(0, 1, len(x))
    ax.plot(x, place, marker=marker, ms=3, lw=1.4, color=COLORS["blue"])
    ax.plot(
        np.where(is_digit, x, np.nan), place, marker=marker, ms=3, lw=2.2, color=COLORS["orange"]
    )
    ax.set(title=title, xlim=(-0.75, 0.75), ylim=(1.03, -0.03))
    ax.set_axis_off()


with book_style():
    fig = plt.figure(figsize=(7.0, 4.8))
    top, low = fig.add_gridspec(2, 1, height_ratios=[1.2, 1])
    stages = ("stretched", "shifted", "noisy", "tilted", "sampled")
    axes = top.subgridspec(1, 6).subplots()
    draw(axes[0], template, np.ones(12, bool), "template", "o")
    for ax, name in zip(axes[1:], stages, strict=True):
        draw(ax, one[name], digit_part(one, name), name, "o" if name == "sampled" else None)
    for digit, ax in enumerate(low.subgridspec(1, 10).subplots()):
        draw(ax, ten["sampled"][digit], digit_part(ten, "sampled")[digit], str(digit))
