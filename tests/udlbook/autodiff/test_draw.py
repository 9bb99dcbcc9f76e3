"""Oracles: Python's XML parser; values and gradients in closed form."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from udlbook.autodiff import Tensor, draw_graph, exp, linear, sin

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawing, colour):
    root = ET.fromstring(drawing)
    return [t.text for t in root.iter(f"{SVG}text") if t.get("fill") == colour]


def number(x):
    return f"{x:.4g}".replace("-", "−")


@pytest.fixture
def expression():
    x = Tensor(0.5, requires_grad=True, name="x")
    w = Tensor(-2.0, requires_grad=True, name="w <&>")
    y = sin(w * x) * exp(x) - x / 3
    y.name = "y"
    return x, w, y


def test_values_and_gradients_stand_in_the_drawing(expression):
    _, _, y = expression
    drawing = draw_graph(y)
    s, c, e = math.sin(-1), math.cos(-1), math.exp(0.5)
    values = [0.5, -2, -1, s, e, s * e, 0.5 / 3, s * e - 0.5 / 3]
    assert sorted(texts(drawing, "#1259c3")) == sorted(number(v) for v in values)
    gradients = [c * e * -2 + s * e - 1 / 3, c * e * 0.5, c * e, e, s, 1, -1, 1]
    assert sorted(texts(drawing, "#c98200")) == sorted(number(v) for v in gradients)
    heads = texts(drawing, "#000000")
    assert sorted(heads) == sorted(["x", "w <&>", "×", "sin", "exp", "×", "÷", "y = −", "3"])


def test_a_drawing_leaves_gradients_and_graph_as_they_were(expression):
    x, w, y = expression
    draw_graph(y)
    assert x.grad is None and w.grad is None
    y.backward()
    with pytest.raises(ValueError, match="draw before backward"):
        draw_graph(y)


def test_a_notebook_shows_the_drawing(expression):
    drawing = draw_graph(expression[2])
    assert drawing._repr_svg_() == drawing
    assert ET.fromstring(drawing).tag == f"{SVG}svg"


def test_there_is_a_line_for_each_use_of_a_value(expression):
    root = ET.fromstring(draw_graph(expression[2]))
    heads = [p for p in root.iter(f"{SVG}path") if "m-7" in p.get("d")]
    assert len(heads) == 2 + 1 + 1 + 2 + 2 + 2  # ×, sin, exp, ×, ÷, −


def rectangles(root):
    for r in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(r.get(k)) for k in ("x", "y", "width", "height"))
        yield x, y, x + w, y + h


def test_boxes_do_not_overlap_and_lie_inside_the_picture(expression):
    x, w, y = expression
    for _ in range(4):
        y = sin(y * w) + exp(y) * x - y
    root = ET.fromstring(draw_graph(y))
    left, top, width, height = map(float, root.get("viewBox").split())
    boxes = list(rectangles(root))
    assert len(boxes) == 8 + 4 * 6
    for i, (x0, y0, x1, y1) in enumerate(boxes):
        assert left <= x0 and x1 <= left + width and top <= y0 and y1 <= top + height
        for u0, v0, u1, v1 in boxes[i + 1 :]:
            assert x1 <= u0 or u1 <= x0 or y1 <= v0 or v1 <= y0


def test_arrays_show_their_shapes():
    w = Tensor(np.ones((2, 3)), requires_grad=True, name="W")
    y = linear(np.ones((5, 3)), w)
    assert texts(draw_graph(y), "#c98200") == []
    assert texts(draw_graph(y.sum()), "#c98200").count("(2, 3)") == 1
    assert "(5, 2)" in texts(draw_graph(y, np.ones((5, 2))), "#1259c3")


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(ValueError, match="requires no gradient"):
        draw_graph(Tensor(1.0))
    y = x = Tensor(1.0, requires_grad=True)
    for _ in range(400):
        y = y + x
    with pytest.raises(ValueError, match="at most 300 values"):
        draw_graph(y)
