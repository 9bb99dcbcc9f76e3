"""MNIST-1D: forty numbers an example, ten classes, generated instead of collected.

Ten hand-drawn templates of twelve points stand for the digits. An example is its template after
seven steps: pad with zeros, stretch to a common length, scale, shift in a circle, put correlated
noise where the signal is exactly zero and white noise everywhere, tilt, sample 40 points.

Source: Greydanus & Kobak, "Scaling down deep learning with MNIST-1D", arXiv:2011.14439, and the
package ``mnist1d`` of its authors, whose numbers this reproduces to 1e-12 for every option below.
Ours differs: all examples pass a step together, which is some twenty times faster; the random
state is private; ``template_len`` is that of the templates; a shift of ``max_translation`` or of
a whole signal cannot happen; sizes that would be silently rounded down are a ``ValueError``.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .._check import check_range

TINY = 1e-8  # added to the template, so that "exactly zero" means "padding" later on
BLOCK = 500  # samples at a time: their intermediate arrays stay in the cache
BLUR = 2.0  # standard deviation, in points, of the filter that correlates the noise


@dataclass(frozen=True)
class MNIST1DConfig:
    """How MNIST-1D is made; the defaults are those of the paper.

    Raises:
        ValueError: If a field is out of range; the message names it.
    """

    num_samples: int = 5000  # train and test together; the same number of every class
    train_split: float = 0.8  # part of the samples that is for training
    padding: tuple[int, int] = (36, 60)  # least and most zeros appended to a template
    scale: float = 0.4  # the signal is multiplied by 1 +- scale / 2
    max_translation: int = 48  # the circular shift is 0 .. max_translation - 1 points
    corr_noise: float = 0.25  # standard deviation before the noise is blurred; padding only
    iid_noise: float = 0.02  # standard deviation of the white noise
    shear: float = 0.75  # a line of slope +- shear / 2 is subtracted
    shuffle: bool = False  # one random order of the positions, the same for all samples
    length: int = 40  # points of a finished example
    seed: int = 42

    def __post_init__(self) -> None:
        classes, points = mnist1d_templates()[0].shape
        if self.num_samples < classes or self.num_samples % classes:
            raise ValueError(
                f"num_samples must be a positive multiple of {classes}; got {self.num_samples}"
            )
        check_range("train_split", self.train_split, 0, 1)
        if len(self.padding) != 2 or not 0 <= self.padding[0] <= self.padding[1]:
            raise ValueError(f"padding must be (low, high), 0 <= low <= high; got {self.padding}")
        check_range("max_translation", self.max_translation, 1, points + self.padding[1])
        for name in ("scale", "corr_noise", "iid_noise", "shear"):
            check_range(name, getattr(self, name), 0)
        check_range("length", self.length, 2)
        check_range("seed", self.seed, 0, 2**32 - 1)


@dataclass(frozen=True)
class MNIST1D:
    """The data set.

    Shapes:
        x (N, L); y (N,); x_test (M, L); y_test (M,); t (L,); templates (10, 12).
    """

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    t: np.ndarray  # position of the points, for drawing
    templates: np.ndarray


def mnist1d_templates() -> tuple[np.ndarray, np.ndarray]:
    """The ten digits as curves of twelve points, and the positions of these points.

    Shapes:
        returns (10, 12) and (12,).
    """
    raw = np.array(
        [
            [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
            [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
            [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
            [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
            [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
            [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
            [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
            [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
            [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
            [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
        ]
    )
    x = raw / raw.std(axis=1, keepdims=True)
    return (x - x[:, :1]) / 6, np.linspace(-5, 5, raw.shape[1]) / 6


def make_mnist1d(config: MNIST1DConfig | None = None) -> MNIST1D:
    """Generate MNIST-1D.

    Args:
        config: The options; ``None`` gives the data set of the paper.

    Raises:
        ValueError: If the options make all numbers of the data set equal, so that it cannot be
            standardized.

    >>> data = make_mnist1d(MNIST1DConfig(num_samples=50))
    >>> data.x.shape, data.x_test.shape
    ((40, 40), (10, 40))
    """
    config = config or MNIST1DConfig()
    templates, t = mnist1d_templates()
    rng = _legacy_rng(config.seed)
    y = np.repeat(np.arange(len(templates)), config.num_samples // len(templates))
    blocks = [y[i : i + BLOCK] for i in range(0, len(y), BLOCK)]
    x = np.concatenate([_stages(block, config, rng)["sampled"] for block in blocks])

    order = rng.permutation(len(y))
    x, y = x[order], y[order]
    if config.shuffle:
        x = x[:, rng.permutation(config.length)]
    mean, std = x.mean(), x.std()
    if std < TINY:
        raise ValueError(f"the samples must differ; got one number everywhere from {config}")
    x = (x - mean) / std  # one mean and one deviation for the whole set, test part included
    t = _resample(_resample(t, templates.shape[1] + config.padding[1]), config.length) / std
    n = int(len(y) * config.train_split)
    return MNIST1D(x[:n], y[:n], x[n:], y[n:], t, templates)


def mnist1d_stages(
    labels: np.ndarray, config: MNIST1DConfig | None = None
) -> dict[str, np.ndarray]:
    """What a template looks like after each step, for chosen digits.

    Args:
        labels: The digits, 0 to 9.
        config: The options; the seed is that of these examples.

    Returns:
        The arrays ``"stretched"``, ``"scaled"``, ``"shifted"``, ``"noisy"``, ``"tilted"`` of shape
        (B, 12 + padding) and ``"sampled"`` of shape (B, L), in this order; not standardized.

    Shapes:
        labels (B,).

    Raises:
        ValueError: If a label is not 0 to 9.
    """
    config = config or MNIST1DConfig()
    labels = np.asarray(labels)
    if labels.ndim != 1 or not np.isin(labels, np.arange(10)).all():
        raise ValueError(f"labels must be a list of digits 0 to 9; got {labels.tolist()}")
    return _stages(labels, config, _legacy_rng(config.seed))


def _legacy_rng(seed: int) -> np.random.RandomState:
    """The stream that ``numpy.random.seed(seed)`` starts: it is frozen, so it can be matched."""
    return np.random.RandomState(seed)


def _stages(y: np.ndarray, config: MNIST1DConfig, rng: np.random.RandomState) -> dict:
    """All steps for all samples. Shapes: y (B,); arrays (B, P) and, sampled, (B, L)."""
    n_points = mnist1d_templates()[0].shape[1] + config.padding[1]
    pad, scale, shift, noise, tilt = _draw(len(y), n_points, config, rng)

    stretched = _stretch(y, pad, n_points)
    scaled = stretched * scale[:, None]
    # Row i, read from point P - shift on in two copies of itself, is row i shifted in a circle.
    windows = np.lib.stride_tricks.sliding_window_view(np.hstack([scaled, scaled]), n_points, 1)
    shifted = windows[np.arange(len(y)), n_points - shift]

    blur, sample = _filters(n_points, config.length)
    blurred = config.corr_noise * (noise[:, :n_points] @ blur)
    noisy = np.where(shifted != 0, shifted, blurred) + config.iid_noise * noise[:, n_points:]
    tilted = noisy - tilt[:, None] * np.linspace(-0.5, 0.5, n_points)
    sampled = tilted @ sample
    return {
        "stretched": stretched,
        "scaled": scaled,
        "shifted": shifted,
        "noisy": noisy,
        "tilted": tilted,
        "sampled": sampled,
    }


def _draw(n: int, n_points: int, config: MNIST1DConfig, rng: np.random.RandomState) -> tuple:
    """All random numbers, in the order in which the package asks for them, sample by sample.

    The normals use rejection, so how far the stream has come after a sample is itself random:
    this loop cannot be one call. It is all that is left of the package's loop.

    Shapes:
        returns pad, scale, shift (B,), noise (B, 2P), tilt (B,).
    """
    u = np.empty((n, 3))
    shift = np.empty(n, dtype=np.int64)
    noise = np.empty((n, 2 * n_points))
    uniform, integer, normal = rng.random_sample, rng.randint, rng.standard_normal
    for i in range(n):
        u[i, 0] = uniform()
        u[i, 1] = uniform()
        shift[i] = integer(0, config.max_translation)
        noise[i] = normal(2 * n_points)
        u[i, 2] = uniform()
    low, high = config.padding
    pad = low + (u[:, 0] * (high - low + 1)).astype(np.int64)
    return pad, 1 + config.scale * (u[:, 1] - 0.5), shift, noise, config.shear * (u[:, 2] - 0.5)


def _stretch(y: np.ndarray, pad: np.ndarray, n_points: int) -> np.ndarray:
    """Pad each sample's template and stretch it to P points. Shapes: y, pad (B,) -> (B, P).

    Only as many different rows exist as there are digits and paddings, 250 by default, so each
    is made once and then looked up.
    """
    digits, row = np.unique(y, return_inverse=True)
    pads, column = np.unique(pad, return_inverse=True)
    templates = mnist1d_templates()[0][digits] + TINY
    longest = np.pad(templates, ((0, 0), (0, pads[-1])))
    size = templates.shape[1] + pads
    return np.stack([_resample(longest[:, :p], n_points) for p in size])[column, row]


def _resample(x: np.ndarray, n_points: int) -> np.ndarray:
    """Linear interpolation along the last axis. Shapes: (..., P) -> (..., n_points)."""
    old, new = np.linspace(0, 1, x.shape[-1]), np.linspace(0, 1, n_points)
    if x.ndim == 1:
        return np.interp(new, old, x)
    return np.stack([np.interp(new, old, row) for row in x])


@lru_cache(maxsize=8)
def _filters(n_points: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """The two linear steps as matrices to multiply with from the right.

    The first is a Gaussian filter cut off at four deviations, reflecting at both ends; the second
    samples ``length`` points by linear interpolation.

    Shapes:
        returns (P, P) and (P, L).
    """
    radius = int(4 * BLUR + 0.5)
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / BLUR) ** 2)
    taps /= taps.sum()
    mirrored = np.pad(np.eye(n_points), ((radius, radius), (0, 0)), mode="symmetric")
    blur = sum(tap * mirrored[i : i + n_points] for i, tap in enumerate(taps))
    return blur.T, _resample(np.eye(n_points), length)
