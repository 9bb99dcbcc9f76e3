r"""Ridge regression: least squares with a price on long weights.

The loss is a sum, as in the classical literature, and each weight may have its own price:

.. math:: L(\mathbf w) = \lVert \mathbf y - X \mathbf w \rVert^2
   + \sum_d \lambda_d w_d^2 .

Where the columns of X are nearly dependent, the loss without the price is a long valley, or a
ridge if one draws the likelihood; the price gives the valley a floor that is curved everywhere.
For one price for all weights, the singular values s of X = U S V^T say everything: along each
singular vector the least-squares answer is multiplied by s^2 / (s^2 + lambda), the sum of these
factors is the number of parameters that the fit really uses, and the error on a left-out example
follows from the fit to all of them.

=====================  ========================================================================
``fit``                closed form with one equation a weight
``fit_dual``           the same weights with one equation an example
``RidgeSVD``           one decomposition, then all penalties: weights, degrees of freedom,
                       leave-one-out errors
``add_to_diagonal``    the same idea for a covariance: rounder contours
``axis_ratio``         how long the contours of a covariance are
=====================  ========================================================================

Source: Hoerl & Kennard, "Ridge regression: biased estimation for nonorthogonal problems",
Technometrics 12 (1970), equation 2.1; Golub, Heath & Wahba, "Generalized cross-validation as a
method for choosing a good ridge parameter", Technometrics 21 (1979) (leave-one-out); Hastie,
Tibshirani & Friedman, "The Elements of Statistical Learning", second edition 2009, section 3.4.1
(singular values, degrees of freedom). Ours differs: nothing is standardized; the price of the
offset is always zero; ``fit`` takes a price for each weight.
"""

from typing import Any

import numpy as np

from .._check import check_range, check_shape


def fit(X: np.ndarray, y: np.ndarray, penalty: Any) -> np.ndarray:
    """The weights that minimize the penalized sum of squares, without an offset.

    Solves (X^T X + diag(penalty)) w = X^T y.

    Args:
        X: Design matrix.
        y: Targets, one column or several.
        penalty: One price for all weights, or one for each, at least 0.

    Shapes:
        X (N, D); y (N,) or (N, K); penalty () or (D,); returns (D,) or (D, K).

    Raises:
        ValueError: If a shape does not fit, a price is negative, or several weights fit equally
            well because the matrix is singular.

    >>> fit(np.eye(2), np.array([2.0, 4.0]), penalty=1.0)
    array([1., 2.])
    """
    X, y, penalty = _checked(X, y, penalty)
    A = add_to_diagonal(X.T @ X, penalty)
    if np.linalg.matrix_rank(A, hermitian=True) < len(A):
        raise ValueError(
            "X with this penalty must determine every weight; got a singular matrix of rank "
            f"{np.linalg.matrix_rank(A, hermitian=True)} for {len(A)} weights"
        )
    return np.linalg.solve(A, X.T @ y)


def fit_dual(X: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    """The same weights by a system of N equations: w = X^T (X X^T + penalty I)^-1 y.

    Cheaper than ``fit`` where there are more weights than examples, and it needs only inner
    products of examples.

    Shapes:
        X (N, D); y (N,) or (N, K); returns (D,) or (D, K).

    Raises:
        ValueError: If a shape does not fit or the penalty is not positive.
    """
    X, y, penalty = _checked(X, y, penalty)
    if penalty.ndim or not penalty > 0:
        raise ValueError(f"penalty must be one positive number; got {penalty}")
    return X.T @ np.linalg.solve(add_to_diagonal(X @ X.T, penalty), y)


class RidgeSVD:
    """Ridge regression for all penalties, from one singular value decomposition.

    Args:
        X: Design matrix.
        y: Targets.
        offset: Fit an offset too, which costs nothing. Done by subtracting the means.

    Attributes:
        singular_values: Those of X, after the means are subtracted if there is an offset.

    Shapes:
        X (N, D); y (N,); penalties (P,) everywhere.

    Raises:
        ValueError: If a shape does not fit; methods, if a penalty is negative.

    >>> ridge = RidgeSVD(np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0]))
    >>> ridge.weights([0.0, 2.0])
    array([[2.],
           [1.]])
    >>> ridge.degrees_of_freedom([0.0, 2.0])
    array([2. , 1.5])
    """

    def __init__(self, X: np.ndarray, y: np.ndarray, *, offset: bool = True) -> None:
        X, y, _ = _checked(X, y, 0.0)
        check_shape("y", y, "N")
        self.offset = offset
        self._x_mean = X.mean(axis=0) if offset else np.zeros(X.shape[1])
        self._y_mean = y.mean() if offset else 0.0
        self._y = y - self._y_mean
        U, s, Vt = np.linalg.svd(X - self._x_mean, full_matrices=False)
        kept = s > s.max(initial=0.0) * max(X.shape) * np.finfo(float).eps
        self.singular_values, self._U, self._Vt = s, U[:, kept], Vt[kept]
        self._s = s[kept]

    def shrinkage(self, penalties: np.ndarray) -> np.ndarray:
        """The factors s^2 / (s^2 + penalty) of the singular values above zero. Returns (P, R)."""
        penalties = np.asarray(penalties, dtype=float)
        check_shape("penalties", penalties, "P")
        check_range("penalties", penalties.min(initial=0.0), 0)
        return self._s**2 / (self._s**2 + penalties[:, None])

    def weights(self, penalties: np.ndarray) -> np.ndarray:
        """The weights for each penalty; at 0 the shortest of the best. Returns (P, D)."""
        return (self.shrinkage(penalties) * (self._U.T @ self._y / self._s)) @ self._Vt

    def offsets(self, penalties: np.ndarray) -> np.ndarray:
        """The offset for each penalty, zero if none is fitted. Returns (P,)."""
        return self._y_mean - self.weights(penalties) @ self._x_mean

    def predict(self, X: np.ndarray, penalties: np.ndarray) -> np.ndarray:
        """Predictions at new inputs. Shapes: X (M, D); returns (P, M)."""
        X = np.asarray(X, dtype=float)
        check_shape("X", X, "M", len(self._x_mean))
        return self.weights(penalties) @ X.T + self.offsets(penalties)[:, None]

    def degrees_of_freedom(self, penalties: np.ndarray) -> np.ndarray:
        """The trace of the matrix that turns y into the fit, the offset counted. Returns (P,)."""
        return self.shrinkage(penalties).sum(axis=1) + self.offset

    def leave_one_out(self, penalties: np.ndarray) -> np.ndarray:
        """What each example's target is off from a fit to all the others. Returns (P, N).

        No refit is made. With the hat matrix H, which turns y into the fit, the error of example
        n on the fit without it is (y_n - fit_n) / (1 - H_nn).

        Raises:
            ValueError: Also if a fit passes through an example whatever its target is; then the
                formula divides by zero.
        """
        factors = self.shrinkage(penalties)  # (P, R)
        residuals = self._y - (factors * (self._U.T @ self._y)) @ self._U.T
        kept = 1 - factors @ (self._U**2).T - self.offset / len(self._y)
        if kept.min(initial=1.0) < 1e-10:
            raise ValueError(
                "penalties must keep the fit from passing through every target; got "
                f"a diagonal of the hat matrix of {1 - kept.min()}"
            )
        return residuals / kept


def add_to_diagonal(cov: np.ndarray, alpha: Any) -> np.ndarray:
    """cov + alpha I: Tikhonov's way to make a symmetric matrix safe to invert.

    Eigenvectors stay, and every eigenvalue grows by alpha. So their ratio falls, and the ellipses
    of equal density of a normal with this covariance become rounder.

    Args:
        cov: A symmetric matrix, a covariance or X^T X.
        alpha: One number, or one for each element of the diagonal; at least 0.

    Shapes:
        cov (D, D); alpha () or (D,); returns (D, D).

    Raises:
        ValueError: If cov is not square or not symmetric, or alpha is negative.

    >>> add_to_diagonal(np.array([[1.0, 2.0], [2.0, 5.0]]), 0.5)
    array([[1.5, 2. ],
           [2. , 5.5]])
    """
    cov, alpha = np.asarray(cov, dtype=float), np.asarray(alpha, dtype=float)
    D = check_shape("cov", cov, "D", "D")["D"]
    if not np.allclose(cov, cov.T, rtol=1e-9, atol=1e-12 * np.abs(cov).max(initial=0.0)):
        raise ValueError(f"cov must be symmetric; got a difference of {np.ptp(cov - cov.T) / 2}")
    if alpha.ndim:
        check_shape("alpha", alpha, D)
    check_range("alpha", alpha.min(initial=np.inf), 0)
    return cov + alpha * np.eye(D)


def axis_ratio(cov: np.ndarray) -> float:
    """Longest over shortest axis of the contours of a normal with this covariance.

    The axes are the square roots of the eigenvalues, so the condition number is its square.

    Raises:
        ValueError: If cov is not square, or has an eigenvalue that is not positive.

    >>> axis_ratio(np.diag([9.0, 1.0]))
    3.0
    """
    cov = np.asarray(cov, dtype=float)
    check_shape("cov", cov, "D", "D")
    eigenvalues = np.linalg.eigvalsh(cov)
    if not eigenvalues[0] > 0:
        raise ValueError(f"eigenvalues of cov must be positive; got {eigenvalues[0]}")
    return float(np.sqrt(eigenvalues[-1] / eigenvalues[0]))


def _checked(X: Any, y: Any, penalty: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X, y, penalty = (np.asarray(a, dtype=float) for a in (X, y, penalty))
    sizes = check_shape("X", X, "N", "D")
    if not X.size:
        raise ValueError(f"X must hold an example and a feature; got shape {X.shape}")
    check_shape("y", y, sizes["N"], *(["K"] if y.ndim == 2 else []))
    if penalty.ndim:
        check_shape("penalty", penalty, sizes["D"])
    check_range("penalty", penalty.min(), 0)
    return X, y, penalty
