r"""How far one must carry mass to turn one distribution into another.

In one dimension the best plan keeps the order: the lowest mass goes to the lowest place. So the
distance is that of the quantile functions,

    W_p^p = integral over u from 0 to 1 of |F^-1(u) - G^-1(u)|^p.

In more dimensions it is a linear program over plans P >= 0 with row sums a and column sums b. With
a bonus eps H(P) for spread plans the answer is P = exp((f + g - C) / eps), one f for each row and
one g for each column, found by making row and column sums right in turns: Sinkhorn's iteration.

Sources: Villani, "Topics in optimal transportation", American Mathematical Society, 2003, theorem
2.18 (one dimension); Cuturi, "Sinkhorn distances: lightspeed computation of optimal transport",
NeurIPS 2013, arXiv:1306.0895, algorithm 1; Peyré & Cuturi, "Computational optimal transport",
arXiv:1803.00567, section 4.4 (in logarithms). Ours differs: it iterates in logarithms throughout.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from .._check import check_range, check_shape


def wasserstein_1d(x: Tensor, y: Tensor, p: float = 1.0) -> Tensor:
    """Wasserstein distance of order p between two sets of numbers, each weighted equally.

    Args:
        x: Numbers.
        y: Numbers, not necessarily as many.
        p: The cost of carrying mass over d is d^p.

    Shapes:
        x (N,); y (M,); returns ().

    Raises:
        ValueError: If a set is empty or no vector, or p is below 1.

    >>> wasserstein_1d(torch.tensor([0.0, 1.0]), torch.tensor([5.0, 4.0]))
    tensor(4.)
    """
    check_range("p", p, 1)
    N, M = check_shape("x", x, "N")["N"], check_shape("y", y, "M")["M"]
    check_range("the smaller set", min(N, M), 1)
    x, y = x.sort().values, y.sort().values
    # Where either quantile function jumps: all i / N and j / M, on the common grid 1 / (N M).
    jumps = torch.cat([torch.arange(N + 1) * M, torch.arange(M + 1) * N]).unique().to(x.device)
    width = jumps.diff().to(x) / (N * M)
    left = jumps[:-1]
    return (width * (x[left // M] - y[left // N]).abs() ** p).sum() ** (1 / p)


@dataclass(frozen=True)
class Transport:
    """A plan, what it costs, and the prices that prove it.

    Attributes:
        plan: How much mass goes from i to j.
        cost: Total cost of the plan, without the bonus for spread.
        f: Price at each source.
        g: Price at each target.
        gap: Largest error of a row sum; column sums are exact.

    Shapes:
        plan (N, M); f (N,); g (M,).
    """

    plan: Tensor
    cost: Tensor
    f: Tensor
    g: Tensor
    gap: float


def sinkhorn(
    cost: Tensor,
    a: Tensor | None = None,
    b: Tensor | None = None,
    *,
    eps: float,
    steps: int = 1000,
    tolerance: float = 1e-9,
) -> Transport:
    """Transport with a bonus for spread: minimise <P, C> - eps H(P) over plans from a to b.

    Args:
        cost: What it costs to carry one unit from i to j.
        a: Mass at the sources; equal shares by default.
        b: Mass at the targets; equal shares by default.
        eps: Weight of the entropy H(P) = -sum P log P, in units of the cost. The smaller it is,
            the sharper the plan and the more steps are needed.
        steps: At most so many rounds.
        tolerance: Stop when the row sums are right to within this much.

    Shapes:
        cost (N, M); a (N,); b (M,).

    Raises:
        ValueError: If the shapes do not fit, ``eps`` is not positive, masses are not positive or
            their sums differ.
    """
    N, M = check_shape("cost", cost, "N", "M").values()
    a = cost.new_full((N,), 1 / N) if a is None else a
    b = cost.new_full((M,), 1 / M) if b is None else b
    check_shape("a", a, N)
    check_shape("b", b, M)
    check_range("steps", steps, 1)
    if not eps > 0:
        raise ValueError(f"eps must be positive; got {eps}")
    if min(a.min(), b.min()) <= 0 or not torch.isclose(a.sum(), b.sum()):
        raise ValueError(
            f"a and b must be positive with equal sums; got sums {float(a.sum()):g} and "
            f"{float(b.sum()):g}, smallest {float(min(a.min(), b.min())):g}"
        )
    f, g = torch.zeros_like(a), torch.zeros_like(b)
    for _ in range(steps):
        f = eps * (a.log() - torch.logsumexp((g - cost) / eps, dim=1))
        g = eps * (b.log() - torch.logsumexp((f[:, None] - cost) / eps, dim=0))
        plan = torch.exp((f[:, None] + g - cost) / eps)
        gap = float((plan.sum(dim=1) - a).detach().abs().max())
        if gap <= tolerance:
            break
    return Transport(plan, (plan * cost).sum(), f, g, gap)
