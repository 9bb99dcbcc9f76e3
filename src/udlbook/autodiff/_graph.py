"""The graph of a computation, and the walk back through it.

While numbers flow forward, each operation leaves a node behind: which rule it followed, which
nodes its inputs came from, and those values that its pullbacks will ask for. The backward pass
visits the nodes from the newest to the oldest. When a node's turn comes, all that were computed
from it have been visited, so its gradient is complete; it hands to each input its share. That is
the multivariate chain rule, and it costs a small multiple of the forward pass for any number of
inputs (Griewank & Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, chapter 3).

Source: Baydin, Pearlmutter, Radul & Siskind, "Automatic differentiation in machine learning: a
survey", JMLR 18(153), 2018, section 3.2. Ours differs: the order comes from the time at which a
node was made, not from a search through the graph, so there is no recursion and a chain may be
as long as memory allows; and nodes keep no values except those that a pullback has asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import Any

import numpy as np

from ._writes import last_write, tick, written_since


class _Mode:
    """Whether operations leave nodes behind."""

    recording = True


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside the block operations leave no nodes: results need no gradients, memory is freed.

    >>> from udlbook.autodiff import Tensor, no_grad
    >>> x = Tensor(2.0, requires_grad=True)
    >>> with no_grad():
    ...     print((x * x).requires_grad)
    False
    """
    with _recording(False):
        yield


@contextmanager
def _recording(on: bool) -> Iterator[None]:
    before, _Mode.recording = _Mode.recording, on
    try:
        yield
    finally:
        _Mode.recording = before


class Node:
    """How a value came to be: a rule applied to inputs. A leaf has no rule.

    Attributes:
        serial: When the node was made; an input is always older than what is made from it.
        rule: The operation's ``Rule``, or None for a leaf.
        edges: For each argument that can have a gradient: its node, its pullback, and the values
            that the pullback asks for. For a constant: what a drawing shows of it, None, ().
            None once the graph is freed.
        shape: The shape of the value, and so of its gradient.
        dtype: The type of a leaf, and so of its gradient.
        value: The value itself if it is a single number (for drawings); else None.
        grad: Of a leaf: the gradient collected by ``Tensor.backward``.
        name: What a drawing calls the value.
    """

    __slots__ = ("dtype", "edges", "grad", "name", "rule", "serial", "shape", "value")

    def __init__(self, rule: Any, edges: Sequence[tuple] | None, value: Any) -> None:
        self.serial = tick()
        self.rule = rule
        self.edges = edges
        self.shape = shape = value.shape
        self.value = None if shape else value
        self.name = None
        if rule is None:
            self.dtype = value.dtype
            self.grad = None


def propagate(
    root: Node,
    gradient: Any,
    *,
    retain: bool,
    create_graph: bool = False,
    targets: Collection[Node] = (),
    keep_all: bool = False,
) -> dict[Node, Any]:
    """Carry a gradient from ``root`` back to the leaves, or to ``targets`` only.

    Args:
        root: The node of the value that is differentiated.
        gradient: The gradient with respect to that value: an array, or a Tensor if
            ``create_graph``.
        retain: Keep what the nodes hold, for another pass.
        create_graph: Run the pullbacks on Tensors, so that the gradients have a graph too.
        targets: Nodes at which to stop. Older nodes cannot depend on them and are left alone.
        keep_all: Return the gradients of the nodes on the way too.

    Returns:
        The gradient of each leaf or target that was reached.
    """
    oldest = min((node.serial for node in targets), default=0)
    newest_write = last_write[0]
    grads = {root: gradient}  # a node's entry is taken out when its turn comes
    owned = set()  # nodes whose gradient is a sum that we allocated: we may add to it in place
    passed = {}
    queue = [] if root.rule is None or root in targets else [(-root.serial, root)]
    while queue:
        node = heappop(queue)[1]
        g = grads.pop(node)
        edges = node.edges
        if edges is None:
            raise ValueError(
                f"the graph behind {node.rule.name!r} was freed by an earlier backward pass; "
                "expected backward(retain_graph=True) in that pass, got a second one without"
            )
        if node.serial < newest_write:
            _check_not_overwritten(node)
        if create_graph:
            edges = node.rule.edges_on_tensors(node)
        for parent, pullback, kept in edges:
            if pullback is None or parent.serial < oldest:
                continue
            share = pullback(g, *kept)
            if share.shape != parent.shape:
                share = sum_to(share, parent.shape)
            if parent not in grads:
                grads[parent] = share
                if parent.rule is not None and parent not in targets:
                    heappush(queue, (-parent.serial, parent))
            elif parent in owned:
                total = grads[parent]
                total += share
                grads[parent] = total
            else:
                grads[parent] = grads[parent] + share
                owned.add(parent)
        if keep_all:
            passed[node] = g
        if not retain:
            node.edges = None
    return grads | passed  # the gradients that nobody took are those of leaves and targets


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """Add up a gradient over the axes along which its value was broadcast.

    A value that was used many times receives the sum of what each use sends back; broadcasting
    is such a use. Works on arrays and on Tensors.
    """
    extra = len(g.shape) - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[extra:], strict=True)):
        raise ValueError(f"a gradient must have shape {shape}, that of its value; got {g.shape}")
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return g.sum(axis=(*range(extra), *stretched)).reshape(shape)


def _check_not_overwritten(node: Node) -> None:
    for value in (value for _, _, kept in node.edges for value in kept):
        if written_since(value, node.serial):
            raise ValueError(
                f"backward of {node.rule.name!r} needs the values of an array of shape "
                f"{np.shape(value)} as they were in the forward pass; got an array that has "
                "been changed in place since"
            )
