"""MNIST-1D beside the package of its authors: how much faster, how far apart.

Run ``python benchmarks/mnist1d.py``. Both are timed in turn in this one process, on one thread and
in CPU seconds, so that a busy machine slows both; the ratio of the medians is what counts. Exits
with 1 if the data sets differ by 1e-12 or more, if a label differs, or if ours is not 20 times
faster.
"""

import os
import statistics
import sys
import time
import warnings
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[threads] = "1"  # read when NumPy is loaded

import numpy as np  # noqa: E402

from udlbook.data import make_mnist1d  # noqa: E402

# This script and the package share a name; Python would find the script first.
sys.path = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mnist1d.data import get_dataset_args, make_dataset

ROUNDS = 5
LEAST_RATIO = 20


def timed(function):
    """The result of a call and its CPU seconds."""
    start = time.process_time()
    return function(), time.process_time() - start


def main() -> int:
    ours_s, theirs_s = [], []
    for _ in range(ROUNDS):
        theirs, seconds = timed(lambda: make_dataset(get_dataset_args()))
        theirs_s.append(seconds)
        for _ in range(5):
            ours, seconds = timed(make_mnist1d)
            ours_s.append(seconds)
    apart = max(np.abs(getattr(ours, k) - theirs[k]).max() for k in ("x", "x_test", "t"))
    labels = all((getattr(ours, k) == theirs[k]).all() for k in ("y", "y_test"))
    ratio = statistics.median(theirs_s) / statistics.median(ours_s)
    print(f"package {statistics.median(theirs_s):.3f} s, ours {statistics.median(ours_s):.4f} s")
    print(f"ratio {ratio:.1f} (at least {LEAST_RATIO})")
    print(f"largest difference {apart:.1e} (below 1e-12), labels equal: {labels}")
    return not (apart < 1e-12 and labels and ratio >= LEAST_RATIO)


if __name__ == "__main__":
    sys.exit(main())
