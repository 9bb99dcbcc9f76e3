"""Trees of truth values: what a formula in parentheses says, without the parentheses."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .._check import check_choice, check_range

TRUTH_TOKENS = ("false", "true", "not", "and", "or", "xor", "then")


class TruthTrees(NamedTuple):
    """The nodes of many trees in one table, the roots first.

    Each field has one entry a node, (N,). ``token`` is an index into ``TRUTH_TOKENS``; ``parent``
    the index of the parent, -1 for a root; ``value`` what the tree below the node evaluates to, 0
    or 1; ``depth`` the steps from the root.
    """

    token: np.ndarray
    parent: np.ndarray
    value: np.ndarray
    depth: np.ndarray


def truth_trees(
    n: int,
    depth: int,
    *,
    operators: Sequence[str] = ("not", "and", "or", "xor"),
    branch: float = 0.7,
    rng: np.random.Generator,
) -> TruthTrees:
    """Random formulas over TRUE and FALSE, all grown at once.

    Every tree has a branch that reaches the given depth. Elsewhere a node branches at random. Of
    two children the one with the smaller number is the left one.

    Args:
        n: How many trees; their roots are the nodes 0 to n - 1.
        depth: Steps from the root of each to its farthest leaf.
        operators: What may stand inside, equally likely: names of ``TRUTH_TOKENS`` from ``"not"``
            on. ``"then"`` is the only one that minds the order of its two parts.
        branch: Probability that a node off the long branch is no leaf.
        rng: Draws them.

    Raises:
        ValueError: If a number is out of range, or there is no such operator.

    >>> trees = truth_trees(1, 1, rng=np.random.default_rng(1))
    >>> [TRUTH_TOKENS[t] for t in trees.token], trees.parent, trees.value
    (['xor', 'true', 'false'], array([-1,  0,  0]), array([1, 1, 0]))
    """
    check_range("n", n, 0)
    check_range("depth", depth, 0)
    check_range("branch", branch, 0, 1)
    for name in operators:
        check_choice("operator", name, TRUTH_TOKENS[2:])
    check_range("number of operators", len(operators), 1)
    codes = np.array([TRUTH_TOKENS.index(name) for name in operators])
    token, parent, level = [], [], []
    above = np.full(n, -1)  # parents of the nodes of this level
    must = np.ones(n, dtype=bool)  # the node on the long branch
    count = 0
    for d in range(depth + 1):
        size = len(above)
        inner = (must | (rng.random(size) < branch)) & (d < depth)
        now = np.where(inner, codes[rng.integers(len(codes), size=size)], rng.integers(0, 2, size))
        token.append(now)
        parent.append(above)
        level.append(np.full(size, d))
        children = np.where(inner, np.where(now == 2, 1, 2), 0)
        above = np.repeat(np.arange(count, count + size), children)
        first = np.r_[True, above[1:] != above[:-1]][: len(above)]
        must = first & np.repeat(must, children)
        count += size
    token, parent, level = (np.concatenate(a) for a in (token, parent, level))
    return TruthTrees(token, parent, _evaluate(token, parent, level, depth), level)


def _evaluate(token: np.ndarray, parent: np.ndarray, level: np.ndarray, depth: int) -> np.ndarray:
    value = (token == 1).astype(np.int64)
    for d in reversed(range(depth)):
        child = level == d + 1
        true = np.bincount(parent[child], weights=value[child], minlength=len(token))
        here = level == d
        left, left_true = np.unique(parent[child], return_index=True)
        first = np.zeros(len(token), dtype=np.int64)
        first[left] = value[child][left_true]
        # not, and, or, xor, and then: false only if the left part is true and the right is not
        rules = [true == 0, true == 2, true >= 1, true == 1, (first == 0) | (true == 2)]
        for k, rule in enumerate(rules):
            value = np.where(here & (token == 2 + k), rule, value)
    return value.astype(np.int64)
