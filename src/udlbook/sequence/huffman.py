"""Huffman's code: the binary tree in which frequent words stand near the root.

Source: Huffman, "A method for the construction of minimum-redundancy codes", Proceedings of the
IRE 40(9), 1952. Its use as a softmax: Mikolov et al., "Distributed representations of words and
phrases and their compositionality", 2013, arXiv:1310.4546, section 2.1.
"""

import heapq
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class HuffmanTree(NamedTuple):
    """The way from the root to each of V words.

    The V - 1 inner nodes have the numbers 0 to V - 2; the root is the last. Step j of the way to
    word w starts at inner node ``nodes[w, j]`` and goes to child ``bits[w, j]``, 0 or 1. Ways
    shorter than the longest, of length H, are filled up with node 0 and bit 0.
    """

    nodes: np.ndarray  # (V, H)
    bits: np.ndarray  # (V, H)
    lengths: np.ndarray  # (V,): the steps to each word

    def mean_length(self, counts: Sequence[float]) -> float:
        """Steps to a word, on average over words drawn in proportion to their counts."""
        counts = np.asarray(counts, float)
        return float(counts @ self.lengths / counts.sum())

    def code(self, word: int) -> str:
        """The bits of a word's way, as text."""
        return "".join(map(str, self.bits[word, : self.lengths[word]]))


def huffman_tree(counts: Sequence[float]) -> HuffmanTree:
    """The binary tree with the shortest ways on average.

    Twice the smallest of all weights are joined under a new node that weighs as much as both,
    until one node is left. The heavier of the two becomes child 0. Of equal weights the older
    node goes first, so the tree is determined.

    Args:
        counts: How often each word is seen; zero is allowed.

    Shapes:
        counts (V,).

    Raises:
        ValueError: If there are fewer than two words or a count is negative or not finite.

    >>> [huffman_tree([5, 2, 1, 1]).code(word) for word in range(4)]
    ['0', '11', '101', '100']
    """
    counts = np.asarray(counts, float)
    if counts.ndim != 1 or len(counts) < 2:
        raise ValueError(f"counts must be those of two words or more; got shape {counts.shape}")
    if not np.all((counts >= 0) & np.isfinite(counts)):
        raise ValueError(f"counts must be finite and at least 0; got {counts.min()}")
    size = len(counts)
    heap = [(count, i) for i, count in enumerate(counts.tolist())]
    heapq.heapify(heap)
    parent, bit = np.zeros(2 * size - 1, dtype=np.int64), np.zeros(2 * size - 1, dtype=np.int64)
    for inner in range(size - 1):
        small, light = heapq.heappop(heap)
        large, heavy = heapq.heappop(heap)
        parent[[light, heavy]], bit[light] = inner, 1
        heapq.heappush(heap, (small + large, size + inner))
    return _ways(parent, bit, size)


def _ways(parent: np.ndarray, bit: np.ndarray, size: int) -> HuffmanTree:
    """Climb from all words at once, one level at a time, and turn the ways round."""
    root, here = 2 * size - 2, np.arange(size)
    nodes, bits, moving = [], [], []
    while np.any(here != root):
        climbs = here != root
        nodes.append(np.where(climbs, parent[here], 0))
        bits.append(np.where(climbs, bit[here], 0))
        moving.append(climbs)
        here = np.where(climbs, size + parent[here], root)
    lengths = np.sum(moving, axis=0)
    place = np.arange(len(nodes))
    back = np.where(place < lengths[:, None], lengths[:, None] - 1 - place, place)
    return HuffmanTree(
        np.take_along_axis(np.stack(nodes, axis=1), back, axis=1),
        np.take_along_axis(np.stack(bits, axis=1), back, axis=1),
        lengths,
    )
