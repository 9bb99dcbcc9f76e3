"""One look for every figure: transparent, calm, and ready to be recoloured by the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from cycler import cycler

from ._colors import COLORS

# Ink is exactly #000000: the site turns it into the text colour of the page.
INK = "#000000"

STYLE: dict[str, Any] = {
    "figure.figsize": (6.4, 3.2),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "figure.edgecolor": "none",
    "savefig.facecolor": "none",
    "savefig.edgecolor": "none",
    "axes.facecolor": "none",
    # A figure 6.4 inches wide shrinks to half on a phone, so letters start large.
    "font.size": 11.0,
    "axes.titlesize": 11.0,
    "axes.labelsize": 11.0,
    "xtick.labelsize": 10.0,
    "ytick.labelsize": 10.0,
    "legend.fontsize": 10.0,
    "figure.titlesize": 12.0,
    "figure.labelsize": 11.0,
    "font.family": ["DejaVu Sans"],  # by name: "sans-serif" would be looked up when drawing
    "mathtext.fontset": "cm",  # the letters of the formulas in the text
    "axes.formatter.use_mathtext": True,
    "axes.unicode_minus": True,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.color": INK,
    "axes.prop_cycle": cycler(color=list(COLORS.values())),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.minor.width": 0.5,
    "ytick.minor.width": 0.5,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "grid.color": COLORS["grey"],
    "grid.alpha": 0.3,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "lines.dash_capstyle": "butt",
    "patch.linewidth": 0.8,
    "legend.frameon": False,
    "legend.handlelength": 1.5,
    "legend.borderaxespad": 0.2,
    "image.cmap": "viridis",
    "scatter.edgecolors": "face",
    "errorbar.capsize": 2.0,
    "boxplot.flierprops.markersize": 3.0,
}

# Matplotlib reads these when it draws, which a notebook does after the cell, outside the block.
DRAWING: dict[str, Any] = {
    "svg.fonttype": "path",  # letters as outlines: exact on every machine, no font to load
    "svg.hashsalt": "udlbook",  # the same picture gives the same bytes
    "svg.id": None,
    "svg.image_inline": True,
}


@contextmanager
def _style() -> Iterator[None]:
    with mpl.rc_context({**STYLE, **DRAWING}):
        yield
    mpl.rcParams.update(DRAWING)


class BookStyle:
    """The one look of the book's figures.

    ``with book_style():`` around the lines that make a figure sets it for these lines; a
    figure keeps the look when it is drawn later, as notebooks do. ``book_style.use()`` sets it
    for the rest of the process. Face and axes are transparent, ink is pure black and the colours
    are ``COLORS``: the site recolours exactly these for dark pages, so other greys should be
    made with ``alpha``.

    Only how SVG is written (letters as outlines, ids that do not change from run to run) stays
    set after the block, because Matplotlib asks for it when it draws.

    >>> import matplotlib.pyplot as plt
    >>> with book_style():
    ...     fig, ax = plt.subplots()
    >>> fig.get_facecolor()
    (0.0, 0.0, 0.0, 0.0)
    >>> plt.close(fig)
    """

    def __call__(self):
        """Return a context manager that sets the look for its block."""
        return _style()

    def use(self) -> None:
        """Set the look for the rest of the process."""
        mpl.rcParams.update({**STYLE, **DRAWING})


book_style = BookStyle()
