"""The error function on arrays, which NumPy does not have.

Source: W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
Computation 23(107), 1969: three rational functions, one for |x| <= 0.46875, one up to 4, one
beyond. Ours differs: it is evaluated on the whole array, interval by interval.
"""

import numpy as np

_SMALL = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
     2.84423683343917062e3),
)  # fmt: skip
_MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
     1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3,
     1.23033935480374942e3),
)  # fmt: skip
_LARGE = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
     1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1,
     6.05183413124413191e-2, 2.33520497626869185e-3),
)  # fmt: skip


def erf_values(x: np.ndarray) -> np.ndarray:
    """The error function of each element. Shapes: x and the result are equal."""
    x = np.asarray(x)
    size = np.abs(x)
    result = np.empty(x.shape, np.result_type(x, np.float32))
    small, large = size <= 0.46875, size > 4
    middle = ~(small | large)
    t = x[small]
    result[small] = t * _ratio(_SMALL, t * t)
    t = size[middle]
    result[middle] = 1 - np.exp(-t * t) * _ratio(_MIDDLE, t)
    t = np.minimum(size[large], 30)  # beyond, the square would overflow float32; erf is 1 anyway
    s = 1 / (t * t)
    result[large] = 1 - np.exp(-t * t) / t * (1 / np.sqrt(np.pi) - s * _ratio(_LARGE, s))
    return np.where(small, result, np.copysign(result, x))[()]


def _ratio(coefficients: tuple, t: np.ndarray) -> np.ndarray:
    """A polynomial over another, both by Horner's rule, highest power first."""
    top, bottom = (np.polyval(np.array(c, t.dtype), t) for c in coefficients)
    return top / bottom
