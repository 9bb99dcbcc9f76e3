"""Pictures: one look for all figures, and small helpers that take arrays.

This floor knows Matplotlib and arrays, and no model. Draw inside ``book_style``:

>>> from udlbook.plot import COLORS, book_style, label_line
>>> import matplotlib.pyplot as plt
>>> with book_style():
...     fig, ax = plt.subplots()
...     (line,) = ax.plot([0, 1], [0, 1], color=COLORS["blue"])
...     note = label_line(ax, line, "identity")
>>> plt.close(fig)
"""

from ._colors import COLORS, DARK_COLORS
from ._graphs import draw_edges, graph_layout
from ._labels import label_line
from ._style import BookStyle, book_style

__all__ = [
    "BookStyle",
    "COLORS",
    "DARK_COLORS",
    "book_style",
    "draw_edges",
    "graph_layout",
    "label_line",
]
