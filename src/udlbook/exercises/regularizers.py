"""Exercises of the chapter *Regularizers*.

Truth comes from sums over all masks, from grids, from steps counted out and from covariance
matrices written down, never from ``udlbook.regularizers``. Where a wrong answer has a typical
cause, the check computes what that cause would give and names it.
"""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("regularizers")


# -- What is left of each mode, predicted ---------------------------------------------------------


@_book.add(
    "shrink",
    stub=(..., ..., ...),
    reference=(1 / 11, 1 / 2, 10 / 11),
    wrong=[
        Wrong((10 / 11, 1 / 2, 1 / 11), "upside down", "thinks that steep directions shrink most"),
        Wrong((1 / 2, 1 / 2, 1 / 2), "not by one factor", "scales all directions alike"),
        Wrong((0.9, 0.0, -9.0), "one step of weight decay", "takes 1 - lambda c"),
        Wrong((0.0, 0.0, 9 / 10), "soft threshold", "mixes up L2 and L1"),
        Wrong((1 / 21, 1 / 3, 5 / 6), "1/2 in front", "forgets the factor 1/2 of the penalty"),
    ],
)
def _shrink(answer: Any) -> None:
    got = np.array([float(given(a, "a prediction")) for a in answer])
    c, grid = np.array([0.1, 1.0, 10.0]), np.linspace(-0.2, 1.2, 140_001)
    want = np.array([grid[np.argmin(k / 2 * (grid - 1) ** 2 + grid**2 / 2)] for k in c])
    if same(got, want, 1e-4):
        return
    if same(got, want[::-1], 1e-4):
        raise Incorrect(
            "that is upside down: where the loss is steep, moving away from its minimum is dear."
        )
    if same(got, 1 - c, 1e-4):
        raise Incorrect("that is one step of weight decay, or of descent; the minimum is asked.")
    if same(got, np.maximum(1 - 1 / (c + 1e-12), 0), 1e-3):
        raise Incorrect("that is a soft threshold, as L1 has it; L2 divides.")
    if same(got, c / (c + 2), 1e-4):
        raise Incorrect("the penalty has a factor 1/2 in front of the square, as the loss has.")
    if np.ptp(got) == 0:
        raise Incorrect("directions shrink, but not by one factor: compare c with lambda.")
    raise Incorrect("set the derivative of c (a - 1)^2 / 2 + a^2 / 2 to zero, for each c.")


# -- The proximal step of the elastic net ---------------------------------------------------------


def _prox(threshold: Callable, divide: Callable) -> Callable:
    def prox(phi: np.ndarray, l1: float, l2: float, step: float) -> np.ndarray:
        small = np.maximum(np.abs(phi) - threshold(l1, step), 0)
        return np.sign(phi) * small / divide(l2, step)

    return prox


@_book.add(
    "prox",
    stub=lambda phi, l1, l2, step: ...,
    reference=_prox(lambda a, s: s * a, lambda b, s: 1 + s * b),
    wrong=[
        Wrong(
            _prox(lambda a, s: a, lambda b, s: 1 + s * b), "by step * l1", "forgets the step in l1"
        ),
        Wrong(_prox(lambda a, s: s * a, lambda b, s: 1 + b), "1 + step * l2", "forgets it in l2"),
        Wrong(
            _prox(lambda a, s: s * a, lambda b, s: 1 + 2 * s * b),
            "the half",
            "differentiates l2 phi^2 instead of half of it",
        ),
        Wrong(
            lambda phi, l1, l2, step: (phi - step * l1 * np.sign(phi)) / (1 + step * l2),
            "beyond zero",
            "lets small parameters change their sign",
        ),
        Wrong(
            lambda phi, l1, l2, step: np.where(np.abs(phi) > step * l1, phi, 0) / (1 + step * l2),
            "jumps",
            "cuts small parameters off and leaves large ones",
        ),
        Wrong(
            lambda phi, l1, l2, step: _prox(lambda a, s: s * a, lambda b, s: 1.0)(
                phi / (1 + step * l2), l1, l2, step
            ),
            "other order",
            "divides first and thresholds then",
        ),
    ],
)
def _prox_check(answer: Callable) -> None:
    starts = np.array([-3.0, -0.9, -0.2, 0.0, 0.1, 0.55, 2.0])
    grid = np.linspace(-4, 4, 80_001)
    for l1, l2, step in [(1.0, 0.0, 0.5), (0.0, 2.0, 0.4), (0.8, 1.5, 0.4)]:
        got = array(answer(starts.copy(), l1, l2, step), "the result")
        if got.shape != starts.shape:
            raise Incorrect(f"the result has the shape of phi, {starts.shape}; got {got.shape}.")
        price = step * (l1 * np.abs(grid) + l2 / 2 * grid**2)
        want = np.array([grid[np.argmin(price + (grid - p) ** 2 / 2)] for p in starts])
        if np.allclose(got, want, atol=2e-4):
            continue
        where = f"with l1 = {l1}, l2 = {l2}, step = {step}"
        small = np.abs(starts) <= step * l1
        if l1 and not l2 and np.any(got[small] * starts[small] < 0):
            raise Incorrect(f"{where} a small parameter is moved beyond zero; stop there.")
        if l1 and not l2 and np.allclose(got[~small], starts[~small]):
            raise Incorrect(
                f"{where} your result jumps at the threshold: large parameters move as well."
            )
        if l1 and not l2:
            raise Incorrect(f"{where} each parameter moves towards zero by step * l1.")
        if not l1 and np.allclose(got, starts / (1 + 2 * step * l2)):
            raise Incorrect(f"{where}: mind the half; the slope of the square is l2 phi.")
        if not l1:
            raise Incorrect(f"{where} the parameters are divided by 1 + step * l2.")
        raise Incorrect(
            f"{where} a grid finds {want[0]:.3f} for {starts[0]}, you find {got[0]:.3f}. "
            "Each part alone is right; try the other order."
        )


# -- The price at which all weights are zero ------------------------------------------------------


@_book.add(
    "all_zero",
    stub=lambda X, y: ...,
    reference=lambda X, y: np.abs(X.T @ y).max() / len(y),
    wrong=[
        Wrong(lambda X, y: np.abs(X.T @ y).max(), "a mean", "forgets 1 / N"),
        Wrong(lambda X, y: 2 * np.abs(X.T @ y).max() / len(y), "half", "forgets the 1/2"),
        Wrong(lambda X, y: (X.T @ y).max() / len(y), "negative", "forgets the absolute value"),
        Wrong(lambda X, y: np.abs(X.T @ y).min() / len(y), "first weight", "takes the smallest"),
        Wrong(
            lambda X, y: np.linalg.norm(X.T @ y) / len(y), "one by one", "takes the length of it"
        ),
    ],
)
def _all_zero(answer: Callable) -> None:
    rng = np.random.default_rng(3)
    for n, dim, sign in [(30, 5, 1.0), (12, 3, -1.0)]:
        X = rng.normal(size=(n, dim))
        y = sign * 3 * np.abs(X[:, 0]) * np.sign(X[:, 0]) + rng.normal(size=n)
        got = float(array(answer(X.copy(), y.copy()), "the price"))

        def gain(price: float, X: np.ndarray = X, y: np.ndarray = y) -> float:
            """How much the best tiny move of one weight lowers the loss."""
            h = 1e-6
            moves = np.concatenate([np.eye(X.shape[1]), -np.eye(X.shape[1])]) * h
            losses = ((X @ moves.T - y[:, None]) ** 2).mean(axis=0) / 2 + price * h
            return float((y**2).mean() / 2 - losses.min()) / h

        if gain(got * 1.001) < 0 < gain(got * 0.999):
            continue
        if gain(got / n * 1.001) < 0 < gain(got / n * 0.999):
            raise Incorrect("the loss is a mean over the examples; so is its slope.")
        if gain(got / 2 * 1.001) < 0 < gain(got / 2 * 0.999):
            raise Incorrect("the loss has a factor half; your price is twice as high as needed.")
        if math.isclose(got, (X.T @ y).max() / n):
            raise Incorrect("a weight may also want to be negative: its slope counts as well.")
        if got and gain(got) > 0:
            raise Incorrect(
                "at your price moving one weight still pays; look for the first weight to move."
            )
        raise Incorrect("zero is best long before: each weight is looked at one by one.")


# -- How much alpha makes contours this round -----------------------------------------------------


def _alpha(cov: np.ndarray, ratio: float) -> float:
    values = np.linalg.eigvalsh(cov)
    return float((values[-1] - ratio**2 * values[0]) / (ratio**2 - 1))


def _alpha_of_values(cov: np.ndarray, ratio: float) -> float:
    values = np.linalg.eigvalsh(cov)
    return float((values[-1] - ratio * values[0]) / (ratio - 1))


@_book.add(
    "rounder",
    stub=lambda cov, ratio: ...,
    reference=_alpha,
    wrong=[
        Wrong(_alpha_of_values, "square root", "takes the ratio of the eigenvalues"),
        Wrong(
            lambda cov, ratio: float((cov[0, 0] - ratio**2 * cov[1, 1]) / (ratio**2 - 1)),
            "not the axes",
            "takes the diagonal for the eigenvalues",
        ),
        Wrong(
            lambda cov, ratio: float(
                np.linalg.eigvalsh(cov)[-1] / ratio**2 - np.linalg.eigvalsh(cov)[0]
            ),
            "grow alike",
            "adds alpha to the smallest eigenvalue only",
        ),
        Wrong(lambda cov, ratio: -_alpha(cov, ratio), "longer", "has the sign wrong"),
    ],
)
def _rounder(answer: Callable) -> None:
    for cov, ratio in [
        (np.array([[5.0, 2.0], [2.0, 1.0]]), 2.0),
        (np.array([[4.0, 1.9], [1.9, 1.0]]), 3.0),
    ]:
        alpha = float(array(answer(cov.copy(), ratio), "alpha"))

        def axes(alpha: float, cov: np.ndarray = cov) -> float:
            """The ratio of the axes, from the quadratic formula for two dimensions."""
            (a, b), (_, d) = cov + alpha * np.eye(2)
            root = math.sqrt(((a - d) / 2) ** 2 + b * b)
            low = (a + d) / 2 - root
            return math.sqrt(((a + d) / 2 + root) / low) if low > 0 else math.inf

        if math.isclose(axes(alpha), ratio, rel_tol=1e-6):
            continue
        if math.isclose(axes(alpha) ** 2, ratio, rel_tol=1e-6):
            raise Incorrect("axes are as long as the square root of the eigenvalues.")
        if alpha < 0 and axes(-alpha) < axes(0.0):
            raise Incorrect("a negative alpha makes the contours longer; you want them rounder.")
        top = np.linalg.eigvalsh(cov)
        if math.isclose(top[-1] / (top[0] + alpha), ratio**2, rel_tol=1e-6):
            raise Incorrect("both eigenvalues grow alike, the largest one as well.")
        raise Incorrect(
            f"with your alpha the axes have the ratio {axes(alpha):.3g}, not {ratio:g}. Mind that "
            "the diagonal is not the axes where the matrix has other elements."
        )


# -- The variance that dropout makes --------------------------------------------------------------


@_book.add(
    "dropout_variance",
    stub=lambda h, w, rate: ...,
    reference=lambda h, w, rate: rate / (1 - rate) * np.sum((w * h) ** 2),
    wrong=[
        Wrong(
            lambda h, w, rate: rate * (1 - rate) * np.sum((w * h) ** 2),
            "not scaled up",
            "forgets that survivors are divided by 1 - rate",
        ),
        Wrong(
            lambda h, w, rate: (1 - rate) / rate * np.sum((w * h) ** 2),
            "other units",
            "takes the rate for the share that is kept",
        ),
        Wrong(
            lambda h, w, rate: rate / (1 - rate) * np.sum(w * h) ** 2,
            "each unit its own coin",
            "squares the sum: one mask for all",
        ),
        Wrong(
            lambda h, w, rate: math.sqrt(rate / (1 - rate) * np.sum((w * h) ** 2)),
            "deviation",
            "takes the root",
        ),
    ],
)
def _dropout_variance(answer: Callable) -> None:
    rng = np.random.default_rng(4)
    for rate in (0.2, 0.6):
        h, w = rng.normal(size=(2, 5))
        outputs, weights = [], []
        for kept in product([0, 1], repeat=5):
            outputs.append(sum(w[i] * h[i] * kept[i] / (1 - rate) for i in range(5)))
            weights.append(math.prod(1 - rate if k else rate for k in kept))
        mean = np.dot(weights, outputs)
        want = float(np.dot(weights, (np.array(outputs) - mean) ** 2))
        got = float(array(answer(h.copy(), w.copy(), rate), "the variance"))
        if math.isclose(got, want):
            continue
        if math.isclose(got, want * (1 - rate) ** 2):
            raise Incorrect("that holds if the survivors are not scaled up.")
        if math.isclose(got, want * ((1 - rate) / rate) ** 2):
            raise Incorrect("rate is the share that is dropped; you dropped the other units.")
        if math.isclose(got**2, want):
            raise Incorrect("that is the standard deviation.")
        if math.isclose(got, rate / (1 - rate) * float(w @ h) ** 2):
            raise Incorrect("coins are independent, each unit its own coin: variances add.")
        raise Incorrect(f"a sum over all 32 masks gives {want:.6f}; got {got:.6f}.")


# -- Early stopping -------------------------------------------------------------------------------


def _stop(losses: Any, patience: int, *, ties: bool = False, since: int = 0) -> tuple:
    best, best_loss = -1, math.inf
    for look, loss in enumerate(losses):
        if loss < best_loss or (ties and loss == best_loss):
            best, best_loss = look, loss
        if look - best >= patience + since:
            return best, look
    return best, len(losses) - 1


def _stop_at_rise(losses: Any, patience: int) -> tuple:
    rises = 0
    for look in range(1, len(losses)):
        rises = rises + 1 if losses[look] >= losses[look - 1] else 0
        if rises == patience:
            return int(np.argmin(losses[: look + 1])), look
    return int(np.argmin(losses)), len(losses) - 1


@_book.add(
    "stopping",
    stub=lambda losses, patience: (..., ...),
    reference=_stop,
    wrong=[
        Wrong(lambda a, p: (int(np.argmin(a)), _stop(a, p)[1]), "has not seen", "peeks ahead"),
        Wrong(lambda a, p: (_stop(a, p)[1],) * 2, "the last look", "keeps the last parameters"),
        Wrong(lambda a, p: _stop(a, p, since=1), "one look late", "counts one too many"),
        Wrong(lambda a, p: _stop(a, p, ties=True), "lower, not equal", "counts a tie as better"),
        Wrong(_stop_at_rise, "look before", "waits for rises in a row, not for a new best"),
    ],
)
def _stopping(answer: Callable) -> None:
    cases = [
        ([3.0, 2.0, 2.5, 2.4, 2.3, 2.2, 2.6], 3),
        ([3.0, 2.0, 2.5, 2.4, 2.3, 1.0, 0.5], 3),
        ([3.0, 2.0, 2.0, 2.0, 1.9], 2),
        ([5.0, 4.0, 3.0], 2),
        ([1.0, 4.0, 3.0, 2.0, 1.5, 1.2], 3),
    ]
    for losses, patience in cases:
        got = tuple(int(given(v, "a look")) for v in answer(list(losses), patience))
        best, stop = None, len(losses) - 1
        for look in range(len(losses)):  # by the definition: a search of what has been seen
            best = losses.index(min(losses[: look + 1]))
            if look - best >= patience:
                stop = look
                break
        if got == (best, stop):
            continue
        told = f"for {losses} with patience {patience}"
        seen = losses[: stop + 1]
        if got[1] == stop and got[0] == stop:
            raise Incorrect(f"{told} you hand back the last look, not the best.")
        if got[1] == stop and got[0] > stop:
            raise Incorrect(f"{told} you hand back a look that the run has not seen.")
        if got[1] > stop and seen.count(min(seen)) > 1:
            raise Incorrect(f"{told} a new best must be lower, not equal.")
        if got[1] == stop + 1:
            raise Incorrect(f"{told} you stop one look late.")
        raise Incorrect(
            f"{told} it stops at {stop}. Compare with the best so far, not with the look before."
        )


# -- What an ensemble can gain --------------------------------------------------------------------


@_book.add(
    "ensemble",
    stub=lambda var, rho, members: ...,
    reference=lambda var, rho, members: var * (rho + (1 - rho) / members),
    wrong=[
        Wrong(lambda v, r, m: v / m, "share an error", "takes the members for independent"),
        Wrong(lambda v, r, m: r * v, "limit", "gives what infinitely many members reach"),
        Wrong(
            lambda v, r, m: v * ((1 - r) + r / m), "swapped", "lets the shared part average out"
        ),
        Wrong(lambda v, r, m: v * (r**2 + (1 - r**2) / m), "not squared", "squares rho"),
        Wrong(lambda v, r, m: math.sqrt(v * (r + (1 - r) / m)), "deviation", "takes the root"),
    ],
)
def _ensemble(answer: Callable) -> None:
    for var, rho, members in [(2.0, 0.0, 4), (3.0, 0.4, 5), (0.5, 0.9, 10), (1.7, 0.3, 1)]:
        cov = var * (rho * np.ones((members, members)) + (1 - rho) * np.eye(members))
        want = float(np.full(members, 1 / members) @ cov @ np.full(members, 1 / members))
        got = float(array(answer(var, rho, members), "the variance"))
        if math.isclose(got, want):
            continue
        if math.isclose(got**2, want):
            raise Incorrect("that is the standard deviation.")
        if math.isclose(got, rho * var):
            raise Incorrect(f"that is the limit of many members; here are {members}.")
        if math.isclose(got, var / members):
            raise Incorrect("the members share an error: what they have in common stays.")
        if math.isclose(got, var * (1 - rho + rho / members)):
            raise Incorrect("the two parts are swapped: what the members share does not average.")
        raise Incorrect(
            f"the covariance matrix, summed, gives {want:.4f} for rho = {rho}; got {got:.4f}. "
            "A correlation is not squared here."
        )


# -- The loss that steps really go down -----------------------------------------------------------


@_book.add(
    "modified",
    stub=lambda c, lr: ...,
    reference=lambda c, lr: c + lr * c**2 / 2,
    wrong=[
        Wrong(lambda c, lr: c - lr * c**2 / 2, "faster", "has the sign wrong"),
        Wrong(lambda c, lr: c + lr * c**2 / 4, "second derivative", "reads off the coefficient"),
        Wrong(lambda c, lr: c + lr * c**2, "quarter", "forgets to halve"),
        Wrong(lambda c, lr: c + lr * c / 2, "square of the gradient", "squares phi, not c"),
        Wrong(lambda c, lr: c, "of the plain loss", "adds nothing"),
    ],
)
def _modified(answer: Callable) -> None:
    for c in (1.0, 3.0):
        misses = []
        for lr in (2e-3, 1e-3):
            got = float(array(answer(c, lr), "the curvature"))
            true = -math.log1p(-lr * c) / lr  # (1 - lr c) in one step is exp(-true lr)
            misses.append((got - true) / lr)  # must vanish with lr
        extra = (float(array(answer(c, 1e-3), "the curvature")) - c) / 1e-3
        if abs(misses[1]) < 0.6 * abs(misses[0]) and abs(misses[1]) < 0.02:
            continue
        if math.isclose(extra, -c * c / 2, rel_tol=1e-6):
            raise Incorrect("a finite step comes down faster than the flow, not slower.")
        if abs(extra) < 1e-9:
            raise Incorrect("that is the curvature of the plain loss.")
        if math.isclose(extra, c * c / 4, rel_tol=1e-6):
            raise Incorrect(
                "a term a phi^2 has the curvature 2 a; take the second derivative of the penalty."
            )
        if math.isclose(extra, c * c, rel_tol=1e-6):
            raise Incorrect("the penalty is a quarter of lr times the squared gradient.")
        raise Incorrect("add lr / 4 times the square of the gradient c phi, and differentiate.")


check = _book.check
EXERCISES = _book.all
