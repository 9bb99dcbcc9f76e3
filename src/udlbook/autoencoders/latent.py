"""Moving about in the space of codes: directions, ways between two codes, and new codes.

Source: directions as differences of means: Larsen, Sønderby, Larochelle & Winther, "Autoencoding
beyond pixels using a learned similarity metric", ICML 2016, section 5.1. The great circle:
Shoemake, "Animating rotation with quaternion curves", SIGGRAPH 1985, section 3.3; White, "Sampling
generative networks", arXiv:1609.04468, for codes. A density fitted to the codes of a finished
autoencoder: Ghosh, Sajjadi, Vergari, Black & Schölkopf, "From variational to deterministic
autoencoders", ICLR 2020, section 4.
"""

import torch
from torch import Generator, Tensor

from .._check import check_shape
from ..seeding import randn


def mean_direction(z: Tensor, y: Tensor, start: int, end: int) -> Tensor:
    """The mean code of one class minus that of another.

    Args:
        z: Codes.
        y: Class of each.
        start: Class to come from.
        end: Class to go to.

    Shapes:
        z (N, K); y (N,); returns (K,).

    Raises:
        ValueError: If the lengths differ, or a class has no example.
    """
    N = check_shape("z", z, "N", "K")["N"]
    check_shape("y", y, N)
    for name, c in (("start", start), ("end", end)):
        if not bool((y == c).any()):
            raise ValueError(f"{name} must be a class that occurs in y; got {c}")
    return z[y == end].mean(dim=0) - z[y == start].mean(dim=0)


def lerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """The straight way from a (t = 0) to b (t = 1).

    Shapes:
        a, b (B, ...), the same; t (T,); returns (T, B, ...).

    Raises:
        ValueError: If the shapes differ.
    """
    check_shape("b", b, *a.shape)
    check_shape("t", t, "T")
    t = t.reshape(-1, *[1] * a.ndim)
    return (1 - t) * a + t * b


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    r"""The way along a great circle, for codes whose length matters.

    .. math:: \frac{\sin((1 - t)\,\omega)}{\sin\omega}\, a + \frac{\sin(t\,\omega)}{\sin\omega}\, b

    with the angle omega between a and b. If both have one length, so has every point between; the
    middle of a straight way is shorter. Codes that point (almost) the same way, or opposite ways,
    have no one great circle: there it is ``lerp``.

    Shapes:
        a, b (B, K); t (T,); returns (T, B, K).

    Raises:
        ValueError: If the shapes differ.
    """
    B, K = check_shape("a", a, "B", "K").values()
    check_shape("b", b, B, K)
    check_shape("t", t, "T")
    length = a.norm(dim=1) * b.norm(dim=1)
    cosine = (a * b).sum(dim=1) / length.clamp(min=torch.finfo(a.dtype).tiny)
    omega = torch.arccos(cosine.clamp(-1, 1))  # (B,)
    sine = torch.sin(omega)
    flat = (sine < 1e-4) | (length == 0)
    safe = torch.where(flat, torch.ones_like(sine), sine)
    t3, omega3, safe3 = t[:, None, None], omega[None, :, None], safe[None, :, None]
    round_way = torch.sin((1 - t3) * omega3) / safe3 * a + torch.sin(t3 * omega3) / safe3 * b
    return torch.where(flat[None, :, None], lerp(a, b, t), round_way)


class NormalCodes:
    """A normal with the mean and the covariance of some codes, to draw new ones.

    Args:
        z: Codes.

    Shapes:
        z (N, K).

    Raises:
        ValueError: If there are no more codes than numbers in one, or they lie in a plane.
    """

    def __init__(self, z: Tensor) -> None:
        N, K = check_shape("z", z, "N", "K").values()
        if N <= K:
            raise ValueError(f"z must have more than {K} codes, one more than numbers; got {N}")
        self.mean = z.mean(dim=0)
        centred = z - self.mean
        self.cov = centred.T @ centred / N
        self.root, bad = torch.linalg.cholesky_ex(self.cov)
        if int(bad):
            raise ValueError(f"z must spread in all {K} directions; its covariance is singular")

    def sample(self, n: int, *, generator: Generator | None = None) -> Tensor:
        """New codes. Shapes: returns (n, K)."""
        noise = randn(n, len(self.mean), like=self.mean, generator=generator)
        return self.mean + noise @ self.root.T

    def log_prob(self, z: Tensor) -> Tensor:
        """Log density of codes. Shapes: (B, K) -> (B,)."""
        check_shape("z", z, "B", len(self.mean))
        normal = torch.distributions.MultivariateNormal(
            self.mean, scale_tril=self.root, validate_args=False
        )
        return normal.log_prob(z)
