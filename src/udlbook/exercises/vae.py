"""Exercises of the chapter *Variational autoencoders*.

Truth comes from integrals on grids, from differences along one coordinate at a time, from loops,
and from trying all variances. Where a wrong answer has a typical cause, the check computes what
that cause would give and names it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("vae")

Array = np.ndarray


def _log_normal(z: Array, mu: Any, var: Any) -> Array:
    return -0.5 * (np.log(2 * np.pi * var) + (z - mu) ** 2 / var)


def _close(got: Any, want: Any, tolerance: float = 1e-6) -> bool:
    return bool(np.allclose(got, want, rtol=tolerance, atol=tolerance))


# -- The price of a code --------------------------------------------------------------------------


def _kl(mu: Array, log_var: Array) -> Array:
    return 0.5 * (mu**2 + np.exp(log_var) - 1 - log_var).sum(1)


@_book.add(
    "kl",
    stub=lambda mu, log_var: ...,
    reference=_kl,
    wrong=[
        Wrong(lambda m, v: 2 * _kl(m, v), "twice the divergence", "forgets the factor one half"),
        Wrong(lambda m, v: _kl(m, 2 * v), "variance, not", "takes log_var for log sigma"),
        Wrong(lambda m, v: _kl(m, v / 2), "half of log_var", "takes sigma for sigma squared"),
        Wrong(
            lambda m, v: 0.5 * ((m**2 + 1) / np.exp(v) - 1 + v).sum(1),
            "other way round",
            "computes KL(p || q)",
        ),
        Wrong(
            lambda m, v: 0.5 * (m**2 + np.exp(v) - 1 - v).mean(1),
            "sum over the latents",
            "averages over the latents",
        ),
        Wrong(
            lambda m, v: 0.5 * (m**2 + np.exp(v) - 1 - v),
            "one number for each",
            "does not add up the latents",
        ),
    ],
)
def _kl_check(answer: Callable) -> None:
    rng = np.random.default_rng(1)
    mu, log_var = rng.normal(size=(2, 4, 3))
    z = np.linspace(-60, 60, 120_001)
    step = z[1] - z[0]

    def integral(m: float, v: float, turned: bool = False) -> float:
        log_q, log_p = _log_normal(z, m, np.exp(v)), _log_normal(z, 0, 1.0)
        a, b = (log_p, log_q) if turned else (log_q, log_p)
        return float(np.sum(np.exp(a) * (a - b)) * step)

    def rows(v: Array, turned: bool = False) -> Array:
        pairs = zip(mu, v, strict=True)
        return np.array(
            [sum(integral(a, b, turned) for a, b in zip(m, w, strict=True)) for m, w in pairs]
        )

    want = rows(log_var)
    got = array(answer(mu.copy(), log_var.copy()), "the divergences")
    if got.shape == mu.shape:
        raise Incorrect("independent latents add up: return one number for each example.")
    if got.shape != want.shape:
        raise Incorrect(f"return one number for each example, shape (4,); got {got.shape}.")
    if _close(got, want):
        return
    if _close(got, 2 * want):
        raise Incorrect("that is twice the divergence: the half in the exponent is lost.")
    if _close(got, want / 3):
        raise Incorrect("take the sum over the latents, not their mean.")
    if _close(got, rows(2 * log_var)):
        raise Incorrect("log_var is the log of the variance, not of the standard deviation.")
    if _close(got, rows(log_var / 2)):
        raise Incorrect("you used half of log_var: what is exp(log_var)?")
    if _close(got, rows(log_var, turned=True)):
        raise Incorrect("that is the divergence the other way round, from the prior to q.")
    raise Incorrect(f"by integration they are {want.round(4)}; got {got.round(4)}.")


# -- The gap of the bound -------------------------------------------------------------------------


def _gap(x: float, w: float, sigma: float, m: float, s: float) -> float:
    var = 1 / (1 + w**2 / sigma**2)
    mu = var * w * x / sigma**2
    return 0.5 * (((m - mu) ** 2 + s**2) / var - 1 - math.log(s**2 / var))


def _bound(x: float, w: float, sigma: float, m: float, s: float) -> float:
    fit = ((x - w * m) ** 2 + w**2 * s**2) / sigma**2 + math.log(2 * math.pi * sigma**2)
    return -0.5 * fit - 0.5 * (m**2 + s**2 - 1 - math.log(s**2))


@_book.add(
    "gap",
    stub=lambda x, w, sigma, m, s: ...,
    reference=_gap,
    wrong=[
        Wrong(_bound, "the bound itself", "returns L"),
        Wrong(
            lambda x, w, sigma, m, s: (
                0.5
                * (
                    ((m - x / w) ** 2 + s**2) * w**2 / sigma**2
                    - 1
                    - math.log(s**2 * w**2 / sigma**2)
                )
            ),
            "without the prior",
            "takes the likelihood for the posterior",
        ),
        Wrong(
            lambda x, w, sigma, m, s: 0.5 * (m**2 + s**2 - 1 - math.log(s**2)),
            "to the prior",
            "takes the divergence from the prior",
        ),
        Wrong(
            lambda x, w, sigma, m, s: -_gap(x, w, sigma, m, s), "above", "has the sign reversed"
        ),
    ],
)
def _gap_check(answer: Callable) -> None:
    z = np.linspace(-30, 30, 60_001)
    step = z[1] - z[0]
    for x, w, sigma, m, s in [(1.2, 0.8, 0.7, 0.3, 0.9), (-2.0, 1.5, 1.0, 0.5, 0.4)]:
        got = float(array(answer(x, w, sigma, m, s), "the gap"))
        log_joint = _log_normal(z, 0, 1.0) + _log_normal(x, w * z, sigma**2)
        log_q = _log_normal(z, m, s**2)
        q = np.exp(log_q) * step
        log_p = math.log(np.sum(np.exp(log_joint)) * step)
        bound = np.sum(q * (log_joint - log_q))
        want = log_p - bound
        if _close(got, want):
            continue
        like = _log_normal(x, w * z, sigma**2)
        flat = np.sum(q * (log_q - like)) + math.log(np.sum(np.exp(like)) * step)
        if _close(got, bound):
            raise Incorrect("that is the bound itself; asked for is ln p(x) minus it.")
        if _close(got, -want):
            raise Incorrect("with that sign the bound would lie above ln p(x).")
        if _close(got, flat):
            raise Incorrect("that is the posterior without the prior: its precision lacks the 1.")
        if _close(got, np.sum(q * (log_q - _log_normal(z, 0, 1.0)))):
            raise Incorrect("that is the divergence to the prior, not to the posterior.")
        raise Incorrect(f"by integration the gap is {want:.5f}; got {got:.5f}.")


# -- The way back by hand -------------------------------------------------------------------------


def _single(mu: Array, log_var: Array, eps: Array, W: Array, b: Array, x: Array) -> float:
    a = W @ (mu + np.exp(log_var / 2) * eps) + b
    fit = np.sum(np.logaddexp(0, a) - x * a)
    return float(fit + 0.5 * np.sum(mu**2 + np.exp(log_var) - 1 - log_var))


def _backward(
    mu: Array, log_var: Array, eps: Array, W: Array, b: Array, x: Array
) -> tuple[Array, Array]:
    sigma = np.exp(log_var / 2)
    g = W.T @ (1 / (1 + np.exp(-(W @ (mu + sigma * eps) + b))) - x)
    return g + mu, g * sigma * eps / 2 + (sigma**2 - 1) / 2


def _changed(change: Callable[[Array, Array, Array, Array], tuple[Array, Array]]) -> Callable:
    """A wrong gradient, from the slope of the decoder g, mu, sigma and eps."""

    def wrong(
        mu: Array, log_var: Array, eps: Array, W: Array, b: Array, x: Array
    ) -> tuple[Array, Array]:
        sigma = np.exp(log_var / 2)
        g = W.T @ (1 / (1 + np.exp(-(W @ (mu + sigma * eps) + b))) - x)
        return change(g, mu, sigma, eps)

    return wrong


@_book.add(
    "backward",
    stub=lambda mu, log_var, eps, W, b, x: (..., ...),
    reference=_backward,
    wrong=[
        Wrong(
            _changed(lambda g, mu, s, e: (g, g * s * e / 2)),
            "KL term has slopes",
            "differentiates the reconstruction alone",
        ),
        Wrong(
            _changed(lambda g, mu, s, e: (g + mu, g * s * e + (s**2 - 1) / 2)),
            "exp(log_var / 2)",
            "forgets the half of log sigma = log_var / 2",
        ),
        Wrong(
            _changed(lambda g, mu, s, e: (mu - g, (s**2 - 1) / 2 - g * s * e / 2)),
            "sign",
            "has x - p in place of p - x",
        ),
        Wrong(
            _changed(lambda g, mu, s, e: (g + mu, g * s / 2 + (s**2 - 1) / 2)),
            "eps",
            "drops the noise",
        ),
    ],
)
def _backward_check(answer: Callable) -> None:
    rng = np.random.default_rng(2)
    mu, log_var, eps = rng.normal(size=(3, 3))
    W, b, x = rng.normal(size=(5, 3)), rng.normal(size=5), (rng.random(5) < 0.5).astype(float)

    def slope(which: int, kl: bool = True) -> Array:
        out, tiny = np.zeros(3), 1e-5
        for i in range(3):
            ends = []
            for sign in (1, -1):
                args = [mu.copy(), log_var.copy()]
                args[which][i] += sign * tiny
                value = _single(*args, eps, W, b, x)
                if not kl:
                    value -= float(_kl(args[0][None], args[1][None])[0])
                ends.append(value)
            out[i] = (ends[0] - ends[1]) / (2 * tiny)
        return out

    found = given(answer(mu.copy(), log_var.copy(), eps.copy(), W, b, x), "the gradients")
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise Incorrect("return two gradients, by mu and by log_var.")
    by_mu, by_var = (array(v, f"the gradient by {n}") for v, n in zip(found, ("mu", "log_var")))  # noqa: B905
    want_mu, want_var = slope(0), slope(1)
    fit_mu, fit_var = slope(0, kl=False), slope(1, kl=False)
    kl_mu, kl_var = want_mu - fit_mu, want_var - fit_var
    if same(by_mu, want_mu, 1e-6) and same(by_var, want_var, 1e-6):
        return
    if same(by_mu, fit_mu, 1e-6) and same(by_var, fit_var, 1e-6):
        raise Incorrect("that is right for the reconstruction, but the KL term has slopes, too.")
    if same(by_mu, kl_mu - fit_mu, 1e-6):
        raise Incorrect("the reconstruction has the wrong sign: the loss is -ln p(x|z).")
    if same(by_mu, want_mu, 1e-6) and same(by_var, kl_var + 2 * fit_var, 1e-6):
        raise Incorrect("sigma = exp(log_var / 2): the chain rule leaves a half.")
    if same(by_mu, want_mu, 1e-6) and same((by_var - kl_var) * eps, fit_var, 1e-6):
        raise Incorrect("dz / dsigma is the noise: multiply by eps.")
    raise Incorrect(
        f"by differences: by mu {want_mu.round(4)}, by log_var {want_var.round(4)}; got "
        f"{by_mu.round(4)} and {by_var.round(4)}."
    )


# -- The score function ---------------------------------------------------------------------------


def _score(z: Array, f: Array, mu: float, sigma: float) -> float:
    others = (f.sum() - f) / (len(f) - 1)
    return float(np.mean((f - others) * (z - mu) / sigma**2))


@_book.add(
    "score",
    stub=lambda z, f, mu, sigma: ...,
    reference=_score,
    wrong=[
        Wrong(
            lambda z, f, mu, sigma: float(np.mean(f * (z - mu) / sigma**2)),
            "without a baseline",
            "leaves the baseline out",
        ),
        Wrong(
            lambda z, f, mu, sigma: float(np.mean((f - f.mean()) * (z - mu) / sigma**2)),
            "its own value",
            "takes off the mean of all draws",
        ),
        Wrong(
            lambda z, f, mu, sigma: _score(z, f, mu, sigma) * sigma,
            "variance",
            "divides by sigma",
        ),
        Wrong(lambda z, f, mu, sigma: -_score(z, f, mu, sigma), "sign", "differentiates by z"),
        Wrong(
            lambda z, f, mu, sigma: _score(z, f, mu, sigma) * len(f),
            "mean",
            "adds the draws up",
        ),
    ],
)
def _score_check(answer: Callable) -> None:
    rng = np.random.default_rng(3)
    mu, sigma, n = 0.4, 0.6, 5
    z = mu + sigma * rng.normal(size=n)
    f = (z > 0.7) + z**2
    terms = [
        (f[i] - sum(f[j] for j in range(n) if j != i) / (n - 1)) * (z[i] - mu) / sigma**2
        for i in range(n)
    ]
    want = sum(terms) / n
    got = float(array(answer(z.copy(), f.copy(), mu, sigma), "the estimate"))
    if _close(got, want):
        return
    if _close(got, -want):
        raise Incorrect("the sign: d/dmu of -(z - mu)^2 / (2 sigma^2) is positive for z > mu.")
    if _close(got, want * sigma):
        raise Incorrect("the score is (z - mu) over the variance.")
    if _close(got, want * n):
        raise Incorrect("take the mean over the draws.")
    if _close(got, want * (n - 1) / n):
        raise Incorrect("each draw takes off its own value, too: on average that is too small.")
    if _close(got, sum(f[i] * (z[i] - mu) for i in range(n)) / sigma**2 / n):
        raise Incorrect("that is right on average, but without a baseline.")
    raise Incorrect(f"it is {want:.5f}; got {got:.5f}.")


# -- The importance-weighted bound ----------------------------------------------------------------


def _iwae(log_w: Array) -> Array:
    top = log_w.max(0)
    return top + np.log(np.mean(np.exp(log_w - top), axis=0))


def _naive_iwae(log_w: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.log(np.mean(np.exp(log_w), axis=0))


@_book.add(
    "iwae",
    stub=lambda log_w: ...,
    reference=_iwae,
    wrong=[
        Wrong(_naive_iwae, "underflow", "exponentiates first"),
        Wrong(lambda w: w.mean(0), "mean of the logs", "computes the usual bound"),
        Wrong(lambda w: _iwae(w) + np.log(len(w)), "number of draws", "forgets the 1 / K"),
        Wrong(lambda w: _iwae(w.T), "over the draws", "averages over the examples"),
        Wrong(lambda w: w.max(0), "largest weight", "keeps the largest alone"),
    ],
)
def _iwae_check(answer: Callable) -> None:
    rng = np.random.default_rng(4)
    log_w = rng.normal(size=(4, 3)) * 2
    log_w[:, 2] -= 2000
    want = np.array(
        [
            math.log(sum(math.exp(v + 2000 * (i == 2)) for v in log_w[:, i]) / 4) - 2000 * (i == 2)
            for i in range(3)
        ]
    )
    got = array(answer(log_w.copy()), "the bounds")
    if got.shape == (4,):
        raise Incorrect("average over the draws, axis 0: one bound for each example.")
    if got.shape != (3,):
        raise Incorrect(f"return one bound for each example, shape (3,); got {got.shape}.")
    if _close(got, want):
        return
    if _close(got[:2], want[:2]):
        raise Incorrect("small weights underflow: take the largest out before exp.")
    if _close(got, log_w.mean(0)):
        raise Incorrect("that is the mean of the logs; asked for is the log of the mean.")
    if _close(got, want + math.log(4)):
        raise Incorrect("divide by the number of draws.")
    if _close(got, log_w.max(0)):
        raise Incorrect("that is the largest weight alone.")
    raise Incorrect(f"the bounds are {want.round(4)}; got {got.round(4)}.")


# -- Predict: who stays awake? --------------------------------------------------------------------

SPECTRUM = (9.0, 5.0, 3.0, 1.4, 0.8, 0.5)


def _awake(spectrum: tuple[float, ...], var: float, beta: float) -> int:
    """Latents whose best weight w is not zero, by trying all weights and all variances of q."""
    w = np.linspace(0, 4, 801)[:, None]
    s2 = np.geomspace(0.01, 1, 400)
    count = 0
    for value in spectrum:  # with the best mean of q, v x with v = w / (w^2 + beta var)
        v = w / (w**2 + beta * var)
        fit = ((1 - w * v) ** 2 * value + w**2 * s2) / (2 * var)
        kl = 0.5 * (v**2 * value + s2 - 1 - np.log(s2))
        best = np.unravel_index(np.argmin(fit + beta * kl), (len(w), len(s2)))[0]
        count += int(best > 0)
    return count


@_book.add(
    "awake",
    stub=...,
    reference=3,
    wrong=[
        Wrong(4, "ordinary bound", "forgets beta: eigenvalues above sigma squared"),
        Wrong(6, "save less", "thinks every latent helps"),
        Wrong(2, "square", "compares with beta squared"),
        Wrong(5, "standard deviation", "takes the root of the eigenvalues' threshold"),
        Wrong(0, "pay for themselves", "expects a full collapse"),
    ],
)
def _awake_check(answer: Any) -> None:
    found = array(answer, "the number of latents")
    if found.size != 1:
        raise Incorrect(f"one number is asked for; got {found.shape}.")
    got = float(found.reshape(()))
    want = _awake(SPECTRUM, 1.0, 2.0)
    if got == want:
        return
    if got == _awake(SPECTRUM, 1.0, 1.0):
        raise Incorrect("that is right for an ordinary bound; what does beta do to the price?")
    if got == len(SPECTRUM):
        raise Incorrect("each latent has a price, and some save less than they cost.")
    if got == _awake(SPECTRUM, 1.0, 4.0):
        raise Incorrect("beta is not to be squared.")
    if got == 0:
        raise Incorrect("some directions vary far more than the noise, and pay for themselves.")
    raise Incorrect(
        "eigenvalues are variances, not in units of a standard deviation; count again."
    )


# -- The best noise -------------------------------------------------------------------------------


def _noise(r: Array) -> tuple[float, float]:
    var = np.mean(r**2)
    return float(np.sqrt(var)), float(-0.5 * r.shape[1] * (np.log(2 * np.pi * var) + 1))


@_book.add(
    "noise",
    stub=lambda r: (..., ...),
    reference=_noise,
    wrong=[
        Wrong(lambda r: (_noise(r)[0] ** 2, _noise(r)[1]), "square root", "returns the variance"),
        Wrong(
            lambda r: (float(np.sqrt((r**2).sum(1).mean())), _noise(r)[1]),
            "each pixel",
            "adds the pixels of an example up",
        ),
        Wrong(
            lambda r: (float(r.std()), _noise(r)[1]), "no mean", "takes the mean of the errors off"
        ),
        Wrong(
            lambda r: (_noise(r)[0], _noise(r)[1] / r.shape[1]),
            "all pixels",
            "averages over the pixels",
        ),
    ],
)
def _noise_check(answer: Callable) -> None:
    rng = np.random.default_rng(5)
    r = rng.normal(size=(30, 4)) * 0.3 + 0.1
    tries = np.linspace(0.1, 1.0, 90_001)

    def value(sigma: Array) -> Array:
        return -0.5 * (
            4 * np.log(2 * np.pi * sigma**2) + np.sum(r**2) / len(r) / sigma**2
        )  # mean over the examples, sum over the pixels

    best = tries[np.argmax(value(tries))]
    found = given(answer(r.copy()), "the answer")
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise Incorrect("return sigma and the mean log likelihood.")
    sigma, log_p = (
        float(array(found[0], "sigma")),
        float(array(found[1], "the mean log likelihood")),
    )
    if _close(sigma, best**2, 1e-3):
        raise Incorrect("that is the variance; take the square root.")
    if _close(sigma, 2 * best, 1e-3):
        raise Incorrect("sigma is the noise of each pixel: average over the pixels, too.")
    if _close(sigma, r.std(), 1e-9) and not _close(sigma, best, 1e-4):
        raise Incorrect("the noise has no mean to take off; a bias of the decoder is an error.")
    if not _close(sigma, best, 1e-4):
        raise Incorrect(f"trying many, the best sigma is {best:.4f}; got {sigma:.4f}.")
    want = float(value(np.float64(best)))
    if _close(log_p, want, 1e-4):
        return
    if _close(log_p, want / 4, 1e-4):
        raise Incorrect("add up all pixels of an example; the mean is over examples.")
    raise Incorrect(f"the mean log likelihood is {want:.4f}; got {log_p:.4f}.")


# -- Words in use ---------------------------------------------------------------------------------


def _perplexity(index: Array, words: int) -> float:
    p = np.bincount(np.ravel(index), minlength=words) / np.size(index)
    p = p[p > 0]
    return float(np.exp(-np.sum(p * np.log(p))))


@_book.add(
    "perplexity",
    stub=lambda index, words: ...,
    reference=_perplexity,
    wrong=[
        Wrong(lambda i, k: len(np.unique(i)), "how often", "counts distinct words"),
        Wrong(lambda i, k: math.log(_perplexity(i, k)), "exp", "returns the entropy"),
        Wrong(
            lambda i, k: math.exp(math.log2(_perplexity(i, k))),
            "one base",
            "mixes bits and nats",
        ),
        Wrong(lambda i, k: float("nan"), "0 ln 0", "takes the log of zero counts"),
        Wrong(lambda i, k: _perplexity(i, k) / k, "share", "divides by the number of words"),
    ],
)
def _perplexity_check(answer: Callable) -> None:
    for index, words in [
        (np.array([[0, 1], [0, 2], [0, 0]]), 6),
        (np.arange(8).repeat(3), 8),
        (np.array([4, 4]), 5),
    ]:
        n, product = index.size, 1.0
        for k in range(words):
            share = sum(1 for i in index.ravel() if i == k) / n
            product *= share**-share if share else 1.0
        got = float(array(answer(index.copy(), words), "the perplexity"))
        if _close(got, product):
            continue
        if math.isnan(got):
            raise Incorrect("a word that is never used adds nothing: 0 ln 0 is 0.")
        if _close(got, len(np.unique(index))):
            raise Incorrect("that counts words; it matters how often each is used.")
        if _close(got, math.log(product)):
            raise Incorrect("that is the entropy in nats; the perplexity is its exp.")
        if _close(got, math.exp(math.log2(product))):
            raise Incorrect("logarithm and power must have one base.")
        if _close(got * words, product):
            raise Incorrect("that is a share of the codebook; asked for is a number of words.")
        raise Incorrect(f"it is {product:.4f}; got {got:.4f}.")


check = _book.check
EXERCISES = _book.all
