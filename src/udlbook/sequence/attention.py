r"""Attention over the states of an encoder: scores, masks, and windows.

A decoder in state ``query`` scores every state of the encoder, the ``keys``. Softmax turns the
scores into weights that sum to one, and the context is the mean of the encoder's states under
them. What differs is the score,

    additive  v' tanh(W query + U key)
    dot       query' key
    general   query' W key
    concat    v' tanh(W [query; key])
    location  (W query)[position of the key]

and the positions that compete. Global attention takes all; local attention takes a window of
half-width D around a centre p, which either advances by one a step (local-m), or is predicted
(local-p), p = (S - 1) sigmoid(v' tanh(W query)), and then the weights are multiplied by a
Gaussian around p of standard deviation D / 2.

Source: additive scores: Bahdanau, Cho & Bengio, "Neural machine translation by jointly learning
to align and translate", ICLR 2015, arXiv:1409.0473, appendix A.1.2; the others and local
attention: Luong, Pham & Manning, "Effective approaches to attention-based neural machine
translation", EMNLP 2015, arXiv:1508.04025, section 3. Ours differs: positions count from 0, so p
is scaled by S - 1 and not by S; the hidden layers have no biases;
all queries of a sequence can be scored in one call; a query that may look at nothing gets zero.
"""

import torch
from torch import Tensor, nn

from .._check import check_choice, check_range, check_shape


def masked_softmax(scores: Tensor, keep: Tensor | None = None) -> Tensor:
    """Softmax over the last axis, among the kept entries only; the others get exactly zero.

    Args:
        scores: Any numbers.
        keep: True where an entry takes part. Where none does, all weights are zero.

    Shapes:
        scores (..., L, S); keep broadcasts to it; returns (..., L, S).

    Raises:
        ValueError: If the mask does not broadcast, or is not boolean.

    >>> masked_softmax(torch.zeros(1, 3), torch.tensor([True, False, True]))
    tensor([[0.5000, 0.0000, 0.5000]])
    """
    check_shape("scores", scores, "...", "L", "S")
    if keep is None:
        return scores.softmax(dim=-1)
    if keep.dtype != torch.bool:
        raise ValueError(f"keep must be a boolean mask; got {keep.dtype}")
    try:
        fits = torch.broadcast_shapes(keep.shape, scores.shape) == scores.shape
    except RuntimeError:
        fits = False
    if not fits:
        raise ValueError(f"keep must broadcast to {tuple(scores.shape)}; got {tuple(keep.shape)}")
    low = torch.finfo(scores.dtype).min  # finite, so that an empty row has a slope
    return scores.masked_fill(~keep, low).softmax(dim=-1) * keep


def attend(scores: Tensor, values: Tensor, keep: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Global attention: the context of each query, and its weights.

    Args:
        scores: How well each value fits each query.
        values: What is averaged.
        keep: True where a query may look.

    Shapes:
        scores (B, L, S); values (B, S, D); keep broadcasts to (B, L, S). Returns (B, L, D) and
        (B, L, S).

    Raises:
        ValueError: If the shapes do not fit.
    """
    sizes = check_shape("scores", scores, "B", "L", "S")
    check_shape("values", values, sizes["B"], sizes["S"], "D")
    weights = masked_softmax(scores, keep)
    return weights @ values, weights


def window(centre: Tensor, n_keys: int, half_width: float) -> Tensor:
    """True for the keys at most ``half_width`` away from the centre.

    Shapes:
        centre (B, L), in positions from 0; returns (B, L, n_keys).

    Raises:
        ValueError: If the centre has another shape, or the half-width is negative.

    >>> window(torch.tensor([[1.0]]), 4, 1).int()
    tensor([[[1, 1, 1, 0]]], dtype=torch.int32)
    """
    check_range("half_width", half_width, 0)
    return _distance(centre, n_keys).abs() <= half_width


def local_attend(
    scores: Tensor,
    values: Tensor,
    centre: Tensor,
    half_width: float,
    keep: Tensor | None = None,
    *,
    gaussian: bool = False,
) -> tuple[Tensor, Tensor]:
    """Local attention: softmax within a window, for local-p times a Gaussian around its centre.

    Args:
        scores: How well each value fits each query.
        values: What is averaged.
        centre: Middle of the window of each query, in positions from 0.
        half_width: D: positions on each side of the centre.
        keep: True where a query may look at all.
        gaussian: Multiply by exp(-(s - p)^2 / (2 sigma^2)) with sigma = D / 2, as local-p does;
            the weights then sum to less than one, and the centre gets a slope.

    Shapes:
        scores (B, L, S); values (B, S, D); centre (B, L); keep broadcasts to (B, L, S). Returns
        (B, L, D) and (B, L, S).

    Raises:
        ValueError: If the shapes do not fit, or the half-width is not positive.
    """
    sizes = check_shape("scores", scores, "B", "L", "S")
    check_shape("values", values, sizes["B"], sizes["S"], "D")
    check_shape("centre", centre, sizes["B"], sizes["L"])
    near = window(centre, sizes["S"], half_width)
    weights = masked_softmax(scores, near if keep is None else near & keep)
    if gaussian:
        if half_width == 0:
            raise ValueError("half_width must be positive for a Gaussian; got 0")
        far = _distance(centre, sizes["S"]) / (half_width / 2)
        weights = weights * torch.exp(-far.square() / 2)
    return weights @ values, weights


def _distance(centre: Tensor, n_keys: int) -> Tensor:
    """Position of each key minus the centre. Shapes: (B, L) -> (B, L, n_keys)."""
    check_shape("centre", centre, "B", "L")
    return torch.arange(n_keys, device=centre.device) - centre[:, :, None]


class AdditiveScore(nn.Module):
    """v' tanh(W query + U key), Bahdanau's score.

    Args:
        d_query: Width of a query.
        d_key: Width of a key.
        d_score: Units of the hidden layer.

    Shapes:
        query (B, L, d_query); keys (B, S, d_key); returns (B, L, S).

    Raises:
        ValueError: If the shapes do not fit.
    """

    def __init__(self, d_query: int, d_key: int, d_score: int) -> None:
        super().__init__()
        self.w = nn.Linear(d_query, d_score, bias=False)
        self.u = nn.Linear(d_key, d_score, bias=False)
        self.v = nn.Linear(d_score, 1, bias=False)

    def forward(self, query: Tensor, keys: Tensor) -> Tensor:
        _check_pair(query, keys, self.w.in_features, self.u.in_features)
        both = self.w(query)[:, :, None] + self.u(keys)[:, None]  # (B, L, S, d_score)
        return self.v(both.tanh()).squeeze(3)


class DotScore(nn.Module):
    """query' key: no parameter, so both must have one width.

    Shapes:
        query (B, L, D); keys (B, S, D); returns (B, L, S).

    Raises:
        ValueError: If the shapes do not fit.
    """

    def forward(self, query: Tensor, keys: Tensor) -> Tensor:
        _check_pair(query, keys, query.shape[-1], query.shape[-1])
        return query @ keys.mT


class GeneralScore(nn.Module):
    """query' W key: the matrix turns keys into the space of queries.

    Args:
        d_query: Width of a query.
        d_key: Width of a key.

    Shapes:
        query (B, L, d_query); keys (B, S, d_key); returns (B, L, S).

    Raises:
        ValueError: If the shapes do not fit.
    """

    def __init__(self, d_query: int, d_key: int) -> None:
        super().__init__()
        self.w = nn.Linear(d_key, d_query, bias=False)

    def forward(self, query: Tensor, keys: Tensor) -> Tensor:
        _check_pair(query, keys, self.w.out_features, self.w.in_features)
        return query @ self.w(keys).mT


class ConcatScore(nn.Module):
    """v' tanh(W [query; key]), Luong's form of the additive score: W is W and U side by side.

    Args:
        d_query: Width of a query.
        d_key: Width of a key.
        d_score: Units of the hidden layer.

    Shapes:
        query (B, L, d_query); keys (B, S, d_key); returns (B, L, S).

    Raises:
        ValueError: If the shapes do not fit.
    """

    def __init__(self, d_query: int, d_key: int, d_score: int) -> None:
        super().__init__()
        self.d_query, self.d_key = d_query, d_key
        self.w = nn.Linear(d_query + d_key, d_score, bias=False)
        self.v = nn.Linear(d_score, 1, bias=False)

    def forward(self, query: Tensor, keys: Tensor) -> Tensor:
        _check_pair(query, keys, self.d_query, self.d_key)
        L, S = query.shape[1], keys.shape[1]
        query = query[:, :, None].expand(-1, -1, S, -1)
        keys = keys[:, None].expand(-1, L, -1, -1)
        return self.v(self.w(torch.cat([query, keys], dim=3)).tanh()).squeeze(3)


class LocationScore(nn.Module):
    """W query: a score for each position, which never looks at the key that stands there.

    Args:
        d_query: Width of a query.
        longest: Number of positions that have a row in W.

    Shapes:
        query (B, L, d_query); keys (B, S, any) with S at most ``longest``; returns (B, L, S).

    Raises:
        ValueError: If the shapes do not fit, or there are more keys than rows.
    """

    def __init__(self, d_query: int, longest: int) -> None:
        super().__init__()
        self.w = nn.Linear(d_query, longest, bias=False)

    def forward(self, query: Tensor, keys: Tensor) -> Tensor:
        _check_pair(query, keys, self.w.in_features, keys.shape[-1])
        check_range("number of keys", keys.shape[1], 1, self.w.out_features)
        return self.w(query)[:, :, : keys.shape[1]]


class PredictedCentre(nn.Module):
    """p = (S - 1) sigmoid(v' tanh(W query)), where local-p looks.

    Args:
        d_query: Width of a query.
        d_score: Units of the hidden layer.

    Shapes:
        query (B, L, d_query); lengths (B,); returns (B, L), from 0 to lengths - 1.

    Raises:
        ValueError: If the shapes do not fit.
    """

    def __init__(self, d_query: int, d_score: int) -> None:
        super().__init__()
        self.w = nn.Linear(d_query, d_score, bias=False)
        self.v = nn.Linear(d_score, 1, bias=False)

    def forward(self, query: Tensor, lengths: Tensor) -> Tensor:
        B = check_shape("query", query, "B", "L", self.w.in_features)["B"]
        check_shape("lengths", lengths, B)
        return (lengths[:, None] - 1) * self.v(self.w(query).tanh()).squeeze(2).sigmoid()


def _check_pair(query: Tensor, keys: Tensor, d_query: int, d_key: int) -> None:
    B = check_shape("query", query, "B", "L", d_query)["B"]
    check_shape("keys", keys, B, "S", d_key)


SCORES = ("additive", "dot", "general", "concat", "location")


def make_score(
    name: str, d_query: int, d_key: int, *, d_score: int = 32, longest: int = 64
) -> nn.Module:
    """One of the five scores by its name.

    Args:
        name: ``"additive"``, ``"dot"``, ``"general"``, ``"concat"`` or ``"location"``.
        d_query: Width of a query.
        d_key: Width of a key.
        d_score: Units of the hidden layer, for additive and concat.
        longest: Positions that location knows.

    Raises:
        ValueError: If there is no such score, or dot gets two widths.
    """
    check_choice("score", name, SCORES)
    if name == "dot":
        if d_query != d_key:
            raise ValueError(f"dot needs queries as wide as keys; got {d_query} and {d_key}")
        return DotScore()
    if name == "general":
        return GeneralScore(d_query, d_key)
    if name == "location":
        return LocationScore(d_query, longest)
    kind = AdditiveScore if name == "additive" else ConcatScore
    return kind(d_query, d_key, d_score)
