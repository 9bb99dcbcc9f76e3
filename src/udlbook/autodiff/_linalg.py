r"""Products of matrices.

For :math:`Y = A B` and a loss :math:`L`, the entry :math:`A_{ij}` reaches all
:math:`Y_{ik} = \\sum_j A_{ij} B_{jk}`, so
:math:`\\partial L/\\partial A_{ij} = \\sum_k G_{ik} B_{jk}`: the pullback of A is
:math:`G B^T`, and that of B is :math:`A^T G`. The shapes leave no other choice.

Source for the einsum rule: each operand's gradient is again an einsum, in which that operand and
the result change places (Laue, Mitterreiter & Giesen, "A simple and efficient tensor calculus",
AAAI 2020, section 3). Ours differs: no index may appear twice in one operand.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ._rule import Rule, differentiable
from ._shape import broadcast_to, reshape, squeeze, transpose
from ._tensor import Tensor, raw


def _flip(x: Any) -> Any:
    """The last two axes exchanged."""
    return transpose(x, (*range(len(x.shape) - 2), len(x.shape) - 1, len(x.shape) - 2))


@differentiable(a=lambda g, b: g @ _flip(b), b=lambda g, a: _flip(a) @ g)
def _matmul(a, b):
    return a @ b


def matmul(a: Any, b: Any) -> Any:
    """a @ b for vectors, matrices, and stacks of matrices, as in ``numpy.matmul``.

    Shapes:
        a (..., N, K) or (K,); b (..., K, M) or (K,); the result (..., N, M) without the axis of
        a vector. Leading axes broadcast.
    """
    a_shape, b_shape = np.shape(raw(a)), np.shape(raw(b))
    if not a_shape or not b_shape or a_shape[-1] != b_shape[-2:][0]:
        raise ValueError(
            "matmul needs as many columns on the left as rows on the right; "
            f"got {a_shape} and {b_shape}"
        )
    if len(a_shape) > 1 and len(b_shape) > 1:
        return _matmul(a, b)
    y = _matmul(
        a if len(a_shape) > 1 else reshape(a, (1, -1)),
        b if len(b_shape) > 1 else reshape(b, (-1, 1)),
    )
    return squeeze(y, (-2,) * (len(a_shape) == 1) + (-1,) * (len(b_shape) == 1))


def _rows(x: Any) -> Any:
    """All axes but the last in one. Shapes: (..., K) to (N, K)."""
    return x if x.ndim == 2 else reshape(x, (-1, x.shape[-1]))


def _sum_of_rows(g: Any) -> Any:
    """The sum over all axes but the last. Shapes: (..., M) -> (M,)."""
    if g.__class__ is np.ndarray and g.ndim == 2:
        return np.add.reduce(g)  # as g.sum(0), without the detour that NumPy's method takes
    return _rows(g).sum(0)


@differentiable(
    x=lambda g, weight: g @ weight,
    weight=lambda g, x: _rows(g).T @ _rows(x),
    bias=lambda g: _sum_of_rows(g),
)
def linear(x, weight, bias=None):
    """x weight^T + bias: a layer of a network, as one operation that keeps only x and weight.

    Shapes: x (..., K); weight (M, K), a row for each output; bias (M,); the result (..., M).
    """
    if weight.ndim != 2 or not x.ndim or x.shape[-1] != weight.shape[1]:
        raise ValueError(
            f"linear needs x of shape (..., K) and weight (M, K); got {x.shape} and {weight.shape}"
        )
    y = x @ weight.T
    if bias is not None:
        if bias.shape != weight.shape[:1]:
            raise ValueError(f"bias must have shape {weight.shape[:1]}; got {bias.shape}")
        y += bias
    return y


def einsum(subscripts: str, *operands: Any) -> Any:
    """A sum of products, in Einstein's notation: ``einsum("ij,jk->ik", a, b)`` is a @ b.

    Args:
        subscripts: A letter for each axis of each operand, an arrow, and the letters of the
            result. Letters that are not in the result are summed over.
        *operands: Arrays or Tensors, usually one or two.

    Raises:
        ValueError: If a letter stands twice in one operand, or the letters do not fit the shapes.
    """
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if not arrow:  # as NumPy: the letters that occur once, in alphabetical order
        result = "".join(sorted(c for c in left if c != "," and left.count(c) == 1))
    values = [np.asarray(raw(operand)) for operand in operands]
    _check_letters(subscripts, terms, result, values)
    y = np.einsum(f"{','.join(terms)}->{result}", *values, optimize=len(values) > 1)[()]
    if not any(isinstance(operand, Tensor) for operand in operands):
        return y
    return _einsum_rule(tuple(terms), result).record(y, operands, tuple(values))


@cache
def _einsum_rule(terms: tuple[str, ...], result: str) -> Rule:
    names = tuple(f"x{i}" for i in range(len(terms)))
    pullbacks = {name: _swap_places(terms, result, i) for i, name in enumerate(names)}
    needs = [(f"x{i}_shape", *(n for n in names if n != f"x{i}")) for i in range(len(terms))]
    return Rule("einsum", names, pullbacks, needs)


def _swap_places(terms: tuple[str, ...], result: str, i: int) -> Callable:
    """The pullback of operand i: the einsum in which it and the result change places."""
    others = [term for j, term in enumerate(terms) if j != i]
    reachable = "".join(c for c in terms[i] if c in result or any(c in t for t in others))
    subscripts = f"{','.join([result, *others])}->{reachable}"

    def pullback(g, shape, *rest):
        share = einsum(subscripts, g, *rest)
        kept = [n if c in reachable else 1 for c, n in zip(terms[i], shape, strict=True)]
        return broadcast_to(reshape(share, tuple(kept)), shape)  # letters summed over alone

    return pullback


def _check_letters(subscripts: str, terms: list[str], result: str, values: list) -> None:
    sizes: dict[str, int] = {}
    fits = len(terms) == len(values) and all(
        len(term) == value.ndim and len(set(term)) == len(term) and (term.isalpha() or not term)
        for term, value in zip(terms, values, strict=False)
    )
    fits = fits and len(set(result)) == len(result) and set(result) <= set("".join(terms))
    if fits:
        for term, value in zip(terms, values, strict=True):
            fits = fits and all(
                sizes.setdefault(c, n) == n for c, n in zip(term, value.shape, strict=True)
            )
    if not fits:
        raise ValueError(
            f"einsum needs one letter for each axis, once in an operand, of one size throughout; "
            f"got {subscripts!r} for shapes {', '.join(str(v.shape) for v in values)}"
        )
