"""What all distributions share: parameters that are checked, and a log density with a support.

A distribution is a frozen dataclass. Its fields are its parameters: numbers, or arrays that
broadcast, for many distributions at once. Its class says where the density lives (``_inside``)
and what its logarithm is there (``_log_prob``); everything else follows.
"""

from dataclasses import dataclass, fields
from typing import Annotated, Any

import numpy as np

SUMS_TO_ONE = 1e-9  # how far a point of the simplex may be from it, for rounding


def _check(kind: str, values: np.ndarray) -> bool:
    if kind == "simplex":
        ones = np.abs(values.sum(-1) - 1) <= SUMS_TO_ONE if values.ndim else False
        return bool(np.all(ones) and np.all(values >= 0))
    tests = {
        "finite": lambda v: np.isfinite(v),
        "positive": lambda v: np.isfinite(v) & (v > 0),
        "at least 0": lambda v: np.isfinite(v) & (v >= 0),
        "between 0 and 1": lambda v: (v >= 0) & (v <= 1),
        "a whole number of at least 1": lambda v: (v >= 1) & (v == np.floor(v)) & np.isfinite(v),
    }
    return bool(np.all(tests[kind](values)))


_WANTED = {"simplex": "shares of at least 0 that sum to 1 along the last axis"}


# What the values of a parameter must be, as the type of its field. A vector's last axis belongs
# to one distribution; the axes in front tell apart several.
Finite = Annotated[Any, "finite"]
Positive = Annotated[Any, "positive"]
NotNegative = Annotated[Any, "at least 0"]
Share = Annotated[Any, "between 0 and 1"]
Count = Annotated[Any, "a whole number of at least 1"]
Shares = Annotated[Any, "simplex", "vector"]
FiniteVector = Annotated[Any, "finite", "vector"]
PositiveVector = Annotated[Any, "positive", "vector"]


@dataclass(frozen=True, eq=False, repr=False)
class Distribution:
    """A probability distribution whose density or mass can be computed.

    Every distribution has ``log_prob`` and ``prob``, ``mean``, and ``var`` (of a vector, one for
    each component) or ``cov``; ``entropy`` where it has a closed form. Logarithms are natural.
    """

    def __post_init__(self) -> None:
        found, vectors = {}, []
        for f in fields(self):
            values = np.asarray(getattr(self, f.name), float)
            kind, *vector = f.type.__metadata__
            if not _check(kind, values) or (vector and not values.ndim):
                raise ValueError(
                    f"{f.name} must be {_WANTED.get(kind, kind)}; got {getattr(self, f.name)}"
                )
            found[f.name] = values
            vectors += [f.name] * len(vector)
        groups = [vectors, [name for name in found if name not in vectors]]
        for names in groups:  # so that every parameter, and all made from it, has one shape
            try:
                arrays = np.broadcast_arrays(*(found[name] for name in names))
            except ValueError:
                shapes = ", ".join(f"{name} {found[name].shape}" for name in names)
                raise ValueError(f"parameters must broadcast to one shape; got {shapes}") from None
            for name, values in zip(names, arrays, strict=True):
                object.__setattr__(self, name, values.copy()[()])

    def __repr__(self) -> str:
        parts = (f"{f.name}={_text(getattr(self, f.name))}" for f in fields(self))
        return f"{type(self).__name__}({', '.join(parts)})"

    def log_prob(self, x: Any) -> Any:
        """The log density (or log mass) at x, in nats; -inf outside the support.

        Shapes: x broadcasts with the parameters; for a distribution over vectors its last axis
        is the vector, and the result has one axis fewer.
        """
        x = np.asarray(x, float)
        self._check_point(x)
        with np.errstate(all="ignore"):  # values computed outside the support are not used
            inside = self._inside(x) | np.isnan(self._reduced(x))
            return np.where(inside, self._log_prob(x), -np.inf)[()] + 0.0  # no -0.0

    def prob(self, x: Any) -> Any:
        """The density (or mass) at x. Shapes: as ``log_prob``."""
        return np.exp(self.log_prob(x))

    def _inside(self, x: np.ndarray) -> Any:
        return True

    def _check_point(self, x: np.ndarray) -> None:
        """Raise a ValueError if x cannot be a point of this distribution."""

    def _reduced(self, x: np.ndarray) -> np.ndarray:
        """x, one number for each point."""
        return x


@dataclass(frozen=True, eq=False, repr=False)
class VectorDistribution(Distribution):
    """A distribution over vectors: the last axis of a point is the vector."""

    @property
    def dim(self) -> int:
        """The number of components of a point."""
        return self.mean.shape[-1]

    @property
    def var(self) -> np.ndarray:
        """The variance of each component, which is the diagonal of ``cov``."""
        return np.diagonal(self.cov, axis1=-2, axis2=-1)

    def _check_point(self, x: np.ndarray) -> None:
        if x.shape[-1:] != (self.dim,):
            raise ValueError(f"x must have shape (..., {self.dim}); got {x.shape}")

    def _reduced(self, x: np.ndarray) -> np.ndarray:
        return x.sum(-1)


def _text(values: Any) -> str:
    return np.array2string(np.asarray(values), separator=", ", threshold=20).replace("\n", "")


def check_share(u: Any) -> np.ndarray:
    """u as an array; a ValueError unless it lies between 0 and 1."""
    u = np.asarray(u, float)
    if not np.all((u >= 0) & (u <= 1)):
        raise ValueError(f"u must be between 0 and 1; got {u}")
    return u
