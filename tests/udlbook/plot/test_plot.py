"""Oracles: the WCAG 2.2 contrast formula, CIELAB distances under the colour-blindness matrices of
Machado, Oliveira & Fernandes 2009, and the SVG text that Matplotlib writes."""

import io
import itertools
import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from udlbook.plot import COLORS, DARK_COLORS, book_style, label_line

DARK_PAGE = "#14171c"  # tests/site checks that the style sheet has the same
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


@pytest.fixture(autouse=True)
def plt():
    """A drawing board that every test leaves as it found it."""
    from matplotlib import pyplot

    with mpl.rc_context():
        pyplot.switch_backend("agg")
        yield pyplot
        pyplot.close("all")


def linear(color: str) -> np.ndarray:
    c = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    t = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def svg_of(fig: Figure) -> str:
    out = io.StringIO()
    fig.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def test_the_two_palettes_name_the_same_colours():
    assert list(COLORS) == list(DARK_COLORS) == "blue orange green red purple grey".split()
    for value in [*COLORS.values(), *DARK_COLORS.values()]:
        assert re.fullmatch("#[0-9a-f]{6}", value)
    assert len({*COLORS.values(), *DARK_COLORS.values()}) == 12


@pytest.mark.parametrize(("colors", "page"), [(COLORS, "#ffffff"), (DARK_COLORS, DARK_PAGE)])
def test_every_colour_has_contrast_three_on_its_page(colors, page):
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert min(contrast(c, page) for c in colors.values()) >= 3


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("colors", [COLORS, DARK_COLORS], ids=["light", "dark"])
def test_any_two_colours_differ_for_every_kind_of_vision(colors, vision):
    seen = {k: lab(VISION[vision] @ linear(c)) for k, c in colors.items()}
    for a, b in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 15, (a, b)


def busy_figure(plt) -> Figure:
    fig, axes = plt.subplots(1, 2)
    axes[0].plot(np.arange(30), np.arange(30) ** 2, label="$x^2$ and words")
    axes[0].set(xlabel="$x$", ylabel="square", title="left")
    axes[0].legend()
    axes[1].imshow(np.eye(3))
    axes[1].grid(True)
    return fig


def test_a_figure_drawn_after_the_block_looks_as_if_drawn_inside(plt):
    with book_style():
        fig = busy_figure(plt)
        inside = svg_of(fig)
    with book_style():
        fig = busy_figure(plt)
    assert mpl.rcParams["figure.facecolor"] == "white", "the look must end with the block"
    assert svg_of(fig) == inside
    assert svg_of(busy_figure(plt)) != inside


def test_the_page_shows_through_every_face(plt):
    with book_style():
        fig = busy_figure(plt)
    assert "#ffffff" not in svg_of(fig)
    with mpl.rc_context({"figure.facecolor": "white"}):
        assert "#ffffff" in svg_of(busy_figure(plt))


def test_ink_is_black_or_a_colour_of_the_book(plt):
    with book_style():
        fig, ax = plt.subplots()
        for _ in COLORS:
            ax.plot([0, 1], [0, 1])
        ax.grid(True)
    found = set(re.findall("#[0-9a-f]{6}", svg_of(fig)))
    assert found == {"#000000", *COLORS.values()}


def test_two_processes_write_the_same_bytes():
    code = (
        "import io, sys, matplotlib; matplotlib.use('svg')\n"
        "import matplotlib.pyplot as plt\n"
        "from udlbook.plot import book_style\n"
        "with book_style():\n"
        "    fig, ax = plt.subplots(); ax.plot([1, 2], marker='o'); ax.set_title('$a$')\n"
        "fig.savefig(sys.stdout.buffer, format='svg', metadata={'Date': None})\n"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in "ab"
    ]
    assert runs[0].stdout == runs[1].stdout
    assert b"<text" not in runs[0].stdout, "letters are outlines"


def test_use_keeps_the_look(plt):
    book_style.use()
    assert mpl.rcParams["figure.facecolor"] == "none"
    assert plt.figure().get_facecolor() == (0, 0, 0, 0)


def test_a_label_stands_on_its_line_in_its_colour(plt):
    _, ax = plt.subplots()
    (line,) = ax.plot([4, 0, 2], [8, 0, 4], color=COLORS["red"])
    at_end = label_line(ax, line, "end")
    assert (at_end.xy, at_end.get_color()) == ((2, 4), COLORS["red"])
    assert label_line(ax, line, "three", 3).xy == (3, 6)
    assert label_line(ax, line, "high", ha="right", color="k").get_ha() == "right"


def test_a_label_skips_points_that_are_not_there(plt):
    _, ax = plt.subplots()
    (line,) = ax.plot([0, 1, 2], [5, 6, np.nan])
    assert label_line(ax, line, "end").xy == (1, 6)
    (empty,) = ax.plot([np.nan], [1])
    with pytest.raises(ValueError, match="finite point to label; got 'none'"):
        label_line(ax, empty, "none")


def test_a_label_outside_its_line_is_refused(plt):
    _, ax = plt.subplots()
    (line,) = ax.plot([0, 1], [0, 1])
    with pytest.raises(ValueError, match="between 0 and 1, the ends of the line; got 2"):
        label_line(ax, line, "off", 2)
