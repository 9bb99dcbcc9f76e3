"""Fits of a mixture of normals beside scikit-learn's, from the same start and from their own.

    OMP_NUM_THREADS=1 python benchmarks/em.py [--seconds 2]

2000 points, one thread. The first ratio is of fifty EM steps from the same weights, means and
covariances; before it is timed, both must end at the same likelihood to 1e-8. The second is of
whole fits as a user would call them, each from its own k-means until a step gains less than 1e-3
nats an example. The third is of ten starts, which we run as one array. Candidates take turns in
this one process; each round gives one ratio, and the median counts, of processor time.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy loads

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
from sklearn.mixture import GaussianMixture

from udlbook.classical.mixtures import KINDS, fit_normals

STEPS = 50


def clusters(k: int, dim: int, n: int = 2000) -> np.ndarray:
    """Round clusters that overlap."""
    rng = np.random.default_rng(0)
    return 2 * rng.normal(size=(k, dim))[rng.integers(k, size=n)] + rng.normal(size=(n, dim))


def same_start(x: np.ndarray, k: int, kind: str) -> tuple[Callable, Callable]:
    """Fifty steps of each, checked to end at the same likelihood."""
    rng = np.random.default_rng(1)
    start = fit_normals(x, k, kind=kind, rng=rng, start="points", max_steps=0).model
    inverse = np.linalg.inv if kind in ("full", "tied") else np.reciprocal
    model = GaussianMixture(
        k,
        covariance_type=kind,
        max_iter=STEPS,
        tol=0,
        init_params="random_from_data",
        random_state=0,
        weights_init=start.weights,
        means_init=start.mu,
        precisions_init=inverse(start.cov),
    )

    def ours():
        return fit_normals(x, k, kind=kind, start=start, tol=0, max_steps=STEPS)

    found, wanted = ours().log_likelihood, model.fit(x).score(x)
    np.testing.assert_allclose(found, wanted, atol=1e-8, err_msg=f"{kind}, K = {k}")
    return ours, lambda: model.fit(x)


def own_start(x: np.ndarray, k: int, kind: str, restarts: int) -> tuple[Callable, Callable]:
    """Whole fits from k-means of their own."""
    model = GaussianMixture(k, covariance_type=kind, n_init=restarts, random_state=0)
    rng = np.random.default_rng(0)

    def ours():
        return fit_normals(x, k, kind=kind, rng=rng, restarts=restarts, tol=1e-3)

    return ours, lambda: model.fit(x)


def ratio(ours: Callable, theirs: Callable, seconds: float) -> tuple[float, float]:
    """Median seconds of ours, and the median ratio of theirs to it, round by round."""
    rounds = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(rounds) < 7:
        taken = []
        for run in (ours, theirs):
            start = time.process_time()  # of this process, whatever else the machine does
            run()
            taken.append(time.process_time() - start)
        rounds.append(taken)
    return statistics.median(a for a, _ in rounds), statistics.median(b / a for a, b in rounds)


def main() -> None:
    """Run all tasks and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="time for each comparison")
    seconds = parser.parse_args().seconds
    warnings.simplefilter("ignore")  # scikit-learn says that fifty steps did not converge
    print(f"{'2000 points':24}{'50 steps':>10}   scikit-learn's time over ours")
    print(f"{'':37}same start   own start   own, 10 starts")
    for k, dim in [(3, 2), (5, 2), (5, 8), (10, 16)]:
        x = clusters(k, dim)
        for kind in KINDS:
            taken, same = ratio(*same_start(x, k, kind), seconds)
            _, own = ratio(*own_start(x, k, kind, 1), seconds)
            _, ten = ratio(*own_start(x, k, kind, 10), seconds)
            title = f"K = {k}, D = {dim}, {kind}"
            print(f"{title:24}{1e3 * taken:7.1f} ms{same:13.1f}{own:12.1f}{ten:17.1f}", flush=True)


if __name__ == "__main__":
    main()
