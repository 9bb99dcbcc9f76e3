r"""The special functions that densities are made of, on arrays; NumPy has none of them.

Gamma functions grow so fast that their logarithms cancel: log C(n, k) for n = 10^9 is a small
difference of three numbers near 10^10. Two functions keep every digit. ``stirling_remainder`` is
what Stirling's formula leaves out, and ``deviance`` is a log(a / m) + m - a: how far a count a
lies from its mean m. All densities of the gamma and beta family are sums of these two.

Sources: Abramowitz & Stegun, "Handbook of mathematical functions", 1964, 6.1.33 and 6.1.40
(log gamma), 6.3.18 (digamma), 9.6.10 and 9.7.1 (Bessel); Loader, "Fast and accurate computation
of binomial probabilities", 2000 (deviance); Cody, Mathematics of Computation 23(107), 1969 (erfc);
Wichura, "Algorithm AS 241", Applied Statistics 37(3), 1988 (the normal quantile).
"""

import math

import numpy as np

from ..autodiff._special import _LARGE, _MIDDLE, _ratio, erf_values

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_EULER = 0.5772156649015329
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)


def xlogy(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x log y, and 0 where x is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x == 0, 0.0, x * np.log(y))[()]


def xlog1py(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x log(1 + y), and 0 where x is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x == 0, 0.0, x * np.log1p(y))[()]


# ---------------------------------------------------------------------------- gamma functions


def _zeta_minus_1(k: int) -> float:
    """The sum of n^-k from n = 2 on, by Euler and Maclaurin's formula from n = 200."""
    n = 200
    head = math.fsum(i**-k for i in range(2, n))
    tail = n ** (1 - k) / (k - 1) + n**-k / 2 + k * n ** (-k - 1) / 12
    return head + tail - k * (k + 1) * (k + 2) * n ** (-k - 3) / 720


# digamma(2 + z) and log gamma(2 + z) as power series in z, lowest power first
_DIGAMMA_AT_2 = [1 - _EULER] + [-((-1) ** k) * _zeta_minus_1(k + 1) for k in range(1, 36)]
_LGAMMA_AT_2 = [0.0] + [c / (k + 1) for k, c in enumerate(_DIGAMMA_AT_2)]


def _inverse_powers(coefficients: tuple, x: np.ndarray) -> np.ndarray:
    """c_0 / x + c_1 / x^3 + c_2 / x^5 + ..."""
    inverse = 1 / x
    return np.polyval(coefficients[::-1], inverse * inverse) * inverse


def lgamma(x: np.ndarray) -> np.ndarray:
    """The logarithm of the gamma function, for x >= 0.

    Below 10 the argument is brought near 2, where a power series has no cancellation.
    Shapes: x and the result are equal.
    """
    x = np.asarray(x, float)
    low = np.minimum(x, 10)
    steps = np.maximum(np.rint(low) - 2, -2)  # low = 2 + steps + z with |z| <= 1/2
    up = np.ones_like(low)
    for i in range(1, 9):
        up *= np.where(steps >= i, low - i, 1)
    down = np.where(steps == -1, low, np.where(steps == -2, low * (low + 1), 1))
    high = np.maximum(x, 10)
    with np.errstate(divide="ignore"):
        near = np.polyval(_LGAMMA_AT_2[::-1], low - 2 - steps) + np.log(up) - np.log(down)
    far = (high - 0.5) * (np.log(high) - 1) - 0.5 + HALF_LOG_2PI
    return np.where(x < 10, near, far + _inverse_powers(_STIRLING, high))[()]


def stirling_remainder(x: np.ndarray) -> np.ndarray:
    """lgamma(x) minus Stirling's (x - 1/2) log x - x + log(2 pi) / 2, for x > 0."""
    x = np.asarray(x, float)
    low = np.minimum(x, 10)
    near = lgamma(low) - ((low - 0.5) * np.log(low) - low + HALF_LOG_2PI)
    return np.where(x < 10, near, _inverse_powers(_STIRLING, np.maximum(x, 10)))[()]


def deviance(a: np.ndarray, m: np.ndarray) -> np.ndarray:
    """a log(a / m) + m - a for a, m >= 0: 0 where they are equal, and positive elsewhere.

    Near a = m the logarithm is 2 (v + v^3/3 + v^5/5 + ...) with v = (a - m) / (a + m).
    """
    a, m = np.asarray(a, float), np.asarray(m, float)
    with np.errstate(all="ignore"):
        v = (a - m) / (a + m)
        square = np.minimum(v * v, 0.01)
        series = np.polyval([1 / (2 * k + 1) for k in range(9, 0, -1)], square) * square * v
        near = (a - m) * v + 2 * a * series
        ratio = a / m
        log = np.where((ratio > 1e-300) & (ratio < 1e300), np.log(ratio), np.log(a) - np.log(m))
        far = np.where(a == 0, 0.0, a * log) + (m - a)
        return np.where(np.abs(v) < 0.1, near, np.where(np.isinf(m), np.inf, far))[()]


def log_gamma_kernel(a: np.ndarray, m: np.ndarray) -> np.ndarray:
    """log(m^a e^-m / gamma(a)) for a > 0 and m >= 0."""
    half_log = 0.5 * np.log(a) - HALF_LOG_2PI
    return half_log - deviance(a, m) - stirling_remainder(a)


def betaln(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """log of gamma(a) gamma(b) / gamma(a + b), for a, b > 0."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    small, large = np.minimum(a, b), np.maximum(a, b)
    ratio = small / large
    # Stirling's formula for the two large ones; the small one keeps its own log gamma
    powers = -(large - 0.5) * np.log1p(ratio) - small * (np.log(large) + np.log1p(ratio) - 1)
    remainders = stirling_remainder(large) - stirling_remainder(large + small)
    return (lgamma(small) + powers + remainders)[()]


def log_beta_function(alpha: np.ndarray) -> np.ndarray:
    """log of the product of gamma(alpha_k) over gamma(sum of alpha). Shapes: (..., K) -> (...)."""
    alpha = np.asarray(alpha, float)
    total = np.cumsum(alpha, -1)
    return betaln(total[..., :-1], alpha[..., 1:]).sum(-1)


# The root of digamma on x > 0, in two parts that together have 32 digits, and
# digamma(2 + z) / (z - root): near the root this keeps all digits.
_ROOT, _ROOT_REST = 1.4616321449683622, 9.549995429965697e-17
_DIGAMMA_OVER_ROOT = np.polydiv(_DIGAMMA_AT_2[::-1], [1.0, 2 - _ROOT])[0]


def digamma(x: np.ndarray) -> np.ndarray:
    """The derivative of lgamma, for x > 0. Shapes: x and the result are equal."""
    x = np.asarray(x, float)
    low = np.minimum(x, 10)
    y = np.where(x < 10, low + 10, x)  # digamma(x) = digamma(x + 10) - sum of 1 / (x + i)
    far = np.log(y) - 0.5 / y - _inverse_powers(_DIGAMMA, y) / y
    shift = sum(1 / (low + i) for i in range(10))
    at_root = np.abs(x - _ROOT) < 0.25
    z = np.where(at_root, x - 2, 0)
    near = ((z + 2 - _ROOT) - _ROOT_REST) * np.polyval(_DIGAMMA_OVER_ROOT, z)
    return np.where(at_root, near, np.where(x < 10, far - shift, far))[()]


def digamma_minus_log(x: np.ndarray) -> np.ndarray:
    """digamma(x) - log(x), about -1 / (2x), without cancellation where x is large."""
    x = np.asarray(x, float)
    low, high = np.minimum(x, 10), np.maximum(x, 10)
    far = -(0.5 + _inverse_powers(_DIGAMMA, high)) / high
    return np.where(x < 10, digamma(low) - np.log(low), far)[()]


# --------------------------------------------------------------------------- Bessel functions


def _asymptotic(order: int, terms: int = 32) -> np.ndarray:
    """Coefficients in 1/x of sqrt(2 pi x) e^-x I_order(x) for large x, highest power first."""
    c = [1.0]
    for k in range(1, terms):
        c.append(-c[-1] * (4 * order**2 - (2 * k - 1) ** 2) / (8 * k))
    return np.array(c[::-1])


_LARGE_X = {order: _asymptotic(order) for order in (0, 1)}


def _scaled_bessel(x: np.ndarray, order: int) -> np.ndarray:
    """e^-|x| I_order(x): the power series up to 20, the asymptotic one beyond."""
    x = np.asarray(x, float)
    size = np.abs(x)
    small, large = np.minimum(size, 20), np.maximum(size, 20)
    quarter, near = small * small / 4, 1.0
    for k in range(60, 0, -1):
        near = 1 + near * quarter / (k * (k + order))
    near = near * np.exp(-small) * (small / 2) ** order
    far = np.polyval(_LARGE_X[order], 1 / large) / np.sqrt(2 * np.pi * large)
    return (np.where(size < 20, near, far) * np.sign(x) ** order)[()]


def i0e(x: np.ndarray) -> np.ndarray:
    """``e^-|x| I_0(x)``, the modified Bessel function of order 0, scaled to stay finite."""
    return _scaled_bessel(x, 0)


def i1e(x: np.ndarray) -> np.ndarray:
    """``e^-|x| I_1(x)``, the modified Bessel function of order 1, scaled to stay finite."""
    return _scaled_bessel(x, 1)


def circular_variance(kappa: np.ndarray) -> np.ndarray:
    """1 - I_1(kappa) / I_0(kappa) for kappa >= 0, without cancellation where it is small."""
    kappa = np.asarray(kappa, float)
    low, inverse = np.minimum(kappa, 20), 1 / np.maximum(kappa, 20)
    far = np.polyval(_LARGE_X[0] - _LARGE_X[1], inverse) / np.polyval(_LARGE_X[0], inverse)
    return np.where(kappa < 20, 1 - i1e(low) / i0e(low), far)[()]


# -------------------------------------------------------------------- the normal distribution


def erfc(x: np.ndarray) -> np.ndarray:
    """1 - erf(x), with all digits in the upper tail. Shapes: x and the result are equal."""
    x = np.asarray(x, float)
    t = np.clip(x, 0.46875, 30)
    s = 1 / (t * t)
    far = (1 / np.sqrt(np.pi) - s * _ratio(_LARGE, s)) / t
    tail = np.exp(-t * t) * np.where(t > 4, far, _ratio(_MIDDLE, t))
    return np.where(x > 0.46875, tail, 1 - erf_values(x))[()]


_CENTRE = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
     4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
     1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
     2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
     4.2313330701600911252e1, 1.0),
)  # fmt: skip
_NEAR_TAIL = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
     1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
     4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
     1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
     2.05319162663775882187e0, 1.0),
)  # fmt: skip
_FAR_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
     2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
     5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
     7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
     5.99832206555887937690e-1, 1.0),
)  # fmt: skip


def ndtri(u: np.ndarray) -> np.ndarray:
    """The standard normal quantile: the z below which a share u lies; u from 0 to 1."""
    u = np.asarray(u, float)
    q = u - 0.5
    centre = q * _ratio(_CENTRE, 0.180625 - q * q)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.sqrt(-np.log(np.minimum(u, 1 - u)))
        tail = np.where(r <= 5, _ratio(_NEAR_TAIL, r - 1.6), _ratio(_FAR_TAIL, r - 5))
    tail = np.where(np.isinf(r), np.inf, tail)
    return np.where(np.abs(q) <= 0.425, centre, np.copysign(tail, q))[()]
