"""Labels that stand at the lines they name, so that no legend has to be decoded."""

from typing import Any

import numpy as np


def label_line(
    ax: Any,
    line: Any,
    text: str,
    x: float | None = None,
    *,
    dx: float = 4.0,
    dy: float = 0.0,
    **text_options: Any,
) -> Any:
    """Write a label at a line, in the line's colour.

    Args:
        ax: The axes that hold the line.
        line: A ``matplotlib.lines.Line2D``.
        text: The label.
        x: Where along the line, in data units; None means at its last point.
        dx: Distance to the right of that point, in points.
        dy: Distance above that point, in points.
        **text_options: Passed to ``ax.annotate``: ``ha``, ``va``, ``fontsize``...

    Returns:
        The annotation.

    Raises:
        ValueError: If the line has no finite point, or ``x`` lies outside it.

    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> (line,) = ax.plot([0, 2], [0, 4])
    >>> label_line(ax, line, "twice", x=1).xy
    (1.0, 2.0)
    >>> plt.close(fig)
    """
    xs = np.asarray(line.get_xdata(orig=False), dtype=float)
    ys = np.asarray(line.get_ydata(orig=False), dtype=float)
    finite = np.isfinite(xs) & np.isfinite(ys)
    xs, ys = xs[finite], ys[finite]
    if xs.size == 0:
        raise ValueError(f"line must have a finite point to label; got {text!r} with none")
    if x is None:
        x, y = float(xs[-1]), float(ys[-1])
    else:
        order = np.argsort(xs, kind="stable")
        if not xs[order[0]] <= x <= xs[order[-1]]:
            raise ValueError(
                f"x must be between {xs[order[0]]:g} and {xs[order[-1]]:g}, the ends of the "
                f"line; got {x:g}"
            )
        x, y = float(x), float(np.interp(x, xs[order], ys[order]))
    options = {"ha": "left", "va": "center", "color": line.get_color(), **text_options}
    # Outside the axes too: labels at line ends stand in the right margin.
    return ax.annotate(
        text,
        (x, y),
        xytext=(dx, dy),
        textcoords="offset points",
        annotation_clip=False,
        **options,
    )
