"""A drawing of the graph: what was computed from what, with values and gradients.

Time runs from left to right. Each box is a value, headed by its name or by the operation that
made it. Blue numbers are values, computed from left to right; orange numbers are the gradients
of the value that is drawn, computed from right to left. Arrays show their shape instead.

The drawing is SVG text, so it needs no other program. Boxes stand in layers, each to the right
of its inputs; lines that cross a layer get a place of their own in it; each place moves towards
the mean of its neighbours. Source: Sugiyama, Tagawa & Toda, "Methods for visual understanding of
hierarchical system structures", IEEE Transactions on Systems, Man, and Cybernetics 11(2), 1981.
Ours differs: a fixed number of sweeps, and curves instead of broken lines.
"""

from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from ._graph import Node, propagate
from ._tensor import Tensor, raw, seed_gradient

BLACK, BLUE, ORANGE = "#000000", "#1259c3", "#c98200"
SYMBOLS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "neg": "−", "_matmul": "@"}
SYMBOLS |= {"cross_entropy": "cross-entropy", "getitem": "[ ]"}
MOST_BOXES = 300
LINE, GAP_X, GAP_Y = 17, 46, 16  # height of a line of text; space between layers; between boxes


class Drawing(str):
    """SVG text that a notebook shows as a picture."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


@dataclass(eq=False)
class _Place:
    """A box, or (without lines) a point through which a long edge passes."""

    lines: list[tuple[str, str]] = field(default_factory=list)  # colour, text
    layer: int = 0
    x: float = 0.0
    y: float = 0.0  # of the middle
    before: list["_Place"] = field(default_factory=list)
    after: list["_Place"] = field(default_factory=list)

    @property
    def is_constant(self) -> bool:
        return len(self.lines) == 1

    @property
    def width(self) -> float:
        if not self.lines:
            return 0
        return max(20 + 7.4 * max(len(text) for _, text in self.lines), 44)

    @property
    def height(self) -> float:
        return 10 + LINE * len(self.lines) if self.lines else 4


def draw_graph(tensor: Tensor, gradient: Any = None) -> Drawing:
    """Draw how a Tensor was computed, with values and the gradients of the Tensor.

    The gradients are computed for the drawing; ``.grad`` is left alone.

    Args:
        tensor: The result; call this before ``backward``, or keep the graph with
            ``retain_graph=True``.
        gradient: Where the gradients start; 1 for a single number. For an array without it, no
            gradients are drawn.

    Returns:
        SVG text, which a notebook shows as a picture.

    Raises:
        ValueError: If the Tensor has no graph, or a large one, or one that was freed.

    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> draw_graph(x * x + 1)[:4]
    '<svg'
    """
    if tensor._node is None:
        raise ValueError(
            "draw_graph needs a Tensor that was computed from one with requires_grad=True; "
            "got one that requires no gradient"
        )
    nodes = _reachable(tensor._node)
    gradients: dict[Node, Any] = {}
    if tensor.size == 1 or gradient is not None:
        g = raw(seed_gradient(tensor, gradient))
        gradients = propagate(tensor._node, g, retain=True, keep_all=True)
    layers = _layers(nodes, gradients)
    _arrange(layers)
    return _svg(layers)


def _reachable(root: Node) -> list[Node]:
    """All nodes behind the root, oldest first."""
    found, stack = {root}, [root]
    while stack:
        node = stack.pop()
        if node.rule is not None and node.edges is None:
            raise ValueError(
                "draw_graph needs a graph that was not freed: draw before backward, or call "
                f"backward(retain_graph=True); got {node.rule.name!r} without its inputs"
            )
        new = {edge[0] for edge in node.edges or () if isinstance(edge[0], Node)} - found
        found |= new
        stack.extend(new)
        if len(found) > MOST_BOXES:
            raise ValueError(f"draw_graph draws at most {MOST_BOXES} values; got a larger graph")
    return sorted(found, key=lambda node: node.serial)


def _layers(nodes: list[Node], gradients: dict[Node, Any]) -> list[list[_Place]]:
    """Places in layers from left to right, joined by edges that span one layer each."""
    boxes = {node: _box(node, gradients.get(node)) for node in nodes}
    inputs: dict[_Place, list[_Place]] = {}
    for node, box in boxes.items():
        inputs[box] = [
            boxes[i] if isinstance(i, Node) else _Place([(BLACK, i[0] or _show(i[2], i[1]))])
            for i, _, _ in node.edges or ()
        ]
        box.layer = 1 + max((i.layer for i in inputs[box]), default=-1)
    for box in inputs:  # an input without inputs stands right before the first box that uses it
        for i in inputs[box]:
            if not inputs.get(i):
                users = [b.layer for b, ins in inputs.items() if i in ins]
                i.layer = min(users) - 1
    layers: list[list[_Place]] = [[] for _ in range(1 + max(b.layer for b in inputs))]
    for place in dict.fromkeys([*inputs, *(i for ins in inputs.values() for i in ins)]):
        layers[place.layer].append(place)
    for box, ins in inputs.items():
        for start in ins:
            last = start
            for layer in range(start.layer + 1, box.layer):
                bend = _Place(layer=layer, before=[last])
                last.after.append(bend)
                layers[layer].append(bend)
                last = bend
            last.after.append(box)
            box.before.append(last)
    return layers


def _box(node: Node, gradient: Any) -> _Place:
    head = "" if node.rule is None else SYMBOLS.get(node.rule.name, node.rule.name)
    title = " = ".join(part for part in (node.name, head) if part) or "leaf"
    lines = [(BLACK, title), (BLUE, _show(node.value, node.shape))]
    if gradient is not None:
        lines.append((ORANGE, _show(gradient, node.shape)))
    return _Place(lines)


def _show(value: Any, shape: tuple[int, ...]) -> str:
    return (
        f"{float(value):.4g}".replace("-", "−") if not shape and value is not None else str(shape)
    )


def _arrange(layers: list[list[_Place]]) -> None:
    """Give each place its coordinates."""
    for layer in layers:
        _stack_up(layer)
    for sweep in range(12):
        forward = sweep % 2 == 0
        for layer in layers if forward else reversed(layers):
            for place in layer:
                near = (place.before if forward else place.after) or place.after or place.before
                near = [n for n in near if not n.is_constant] or near  # these come along
                place.y = float(np.mean([_port(place, n) for n in near])) if near else place.y
            layer.sort(key=lambda place: place.y)
            _push_apart(layer)
    x = 0.0
    for layer in layers:
        width = max(place.width for place in layer)
        for place in layer:
            place.x = x + (width - place.width) / 2
        x += width + GAP_X


def _port(place: _Place, near: _Place) -> float:
    """The height that ``place`` would like to have for a straight line to ``near``."""
    return near.y + (_entry(near, place) if near.layer > place.layer else 0.0)


def _entry(box: _Place, source: _Place) -> float:
    """How far from the middle of a box a line enters: the first input above the second."""
    count = len(box.before)
    return 14.0 * (box.before.index(source) - (count - 1) / 2) if box.lines else 0.0


def _stack_up(layer: list[_Place]) -> None:
    y = 0.0
    for place in layer:
        place.y = y + place.height / 2
        y += place.height + GAP_Y
    for place in layer:
        place.y -= (y - GAP_Y) / 2


def _push_apart(layer: list[_Place]) -> None:
    """Move places, in their order, as little as needed so that none overlap."""
    wanted = [place.y for place in layer]
    for above, below in pairwise(layer):
        below.y = max(below.y, above.y + (above.height + below.height) / 2 + GAP_Y)
    moves = [w - p.y for w, p in zip(wanted, layer, strict=True) if not p.is_constant]
    shift = float(np.mean(moves)) if moves else 0.0
    for place in layer:
        place.y += shift


def _svg(layers: list[list[_Place]]) -> Drawing:
    places = [place for layer in layers for place in layer]
    top = min(p.y - p.height / 2 for p in places) - 4
    width = max(p.x + p.width for p in places) + 8
    height = max(p.y + p.height / 2 for p in places) + 4 - top
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="-4 {top:.1f} {width:.1f} {height:.1f}" role="img" '
        f'style="max-width: 100%; height: auto" font-family="sans-serif" font-size="13">',
        f"<title>Computation graph with {sum(bool(p.lines) for p in places)} values</title>",
    ]
    parts += [_edge(place, source, k) for place in places for k, source in enumerate(place.before)]
    for place in (p for p in places if p.lines):
        parts.append(_draw_box(place))
    return Drawing("\n".join([*parts, "</svg>"]))


def _edge(place: _Place, source: _Place, k: int) -> str:
    x0, x1 = source.x + source.width, place.x
    y0 = source.y
    y1 = place.y + (14.0 * (k - (len(place.before) - 1) / 2) if place.lines else 0.0)
    bend = (x0 + x1) / 2
    path = f"M{x0:.1f} {y0:.1f}C{bend:.1f} {y0:.1f} {bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    if place.lines:  # an arrow head
        path += "m-7 -3.5l7 3.5l-7 3.5"
    return f'<path d="{path}" fill="none" stroke="{BLACK}" stroke-width="1.1"/>'


def _draw_box(place: _Place) -> str:
    left, top = place.x, place.y - place.height / 2
    weight = ' font-weight="600"'
    text = "".join(
        f'<text x="{left + place.width / 2:.1f}" y="{top + LINE * (k + 1):.1f}" '
        f'text-anchor="middle" fill="{colour}"'
        f"{weight if k == 0 and not place.is_constant else ''}>{escape(line)}</text>"
        for k, (colour, line) in enumerate(place.lines)
    )
    if place.is_constant:
        return f"<g>{text}</g>"
    return (
        f'<g><rect x="{left:.1f}" y="{top:.1f}" width="{place.width:.1f}" '
        f'height="{place.height:.1f}" rx="6" fill="none" stroke="{BLACK}"/>{text}</g>'
    )
