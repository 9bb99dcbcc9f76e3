"""One step of each optimizer beside torch's, and whole training steps beside torch's.

    OMP_NUM_THREADS=1 python benchmarks/optim.py [--seconds 2]

The first table is the step alone, on a million parameters, as one array and as a list of twenty,
against torch's loop over parameters (``foreach=False``), the same type, one thread. It is timed
twice: *in training*, where each step follows a forward and a backward pass of a batch of 64 (not
counted) that leave the caches as they do in life, and *again*, one step after another on
gradients that never change, when all of it may lie in the last cache. The second table is
forward, backward and update of an MLP 40-100-100-10 with Adam, a batch of 64. Candidates take
turns in this one process; each round gives one ratio, and the median of these counts. Before
anything is timed, three steps are compared with torch's.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy loads

import argparse
import statistics
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch

from udlbook import optim
from udlbook.autodiff import Tensor, cross_entropy, linear, relu

torch.set_num_threads(1)

METHODS = {  # ours, torch's class, its options
    "SGD": (lambda p: optim.SGD(p, 1e-3), "SGD", {}),
    "Momentum": (lambda p: optim.Momentum(p, 1e-3), "SGD", {"momentum": 0.9}),
    "Nesterov": (
        lambda p: optim.Nesterov(p, 1e-3),
        "SGD",
        {"momentum": 0.9, "nesterov": True},
    ),
    "AdaGrad": (lambda p: optim.AdaGrad(p, 1e-3), "Adagrad", {}),
    "RMSProp": (lambda p: optim.RMSProp(p, 1e-3), "RMSprop", {}),
    "RMSProp, centered": (
        lambda p: optim.RMSProp(p, 1e-3, centered=True, momentum=0.9),
        "RMSprop",
        {"centered": True, "momentum": 0.9},
    ),
    "Adam": (lambda p: optim.Adam(p, 1e-3), "Adam", {}),
    "Adam, decay": (
        lambda p: optim.Adam(p, 1e-3, weight_decay=0.01),
        "Adam",
        {"weight_decay": 0.01},
    ),
    "AMSGrad": (lambda p: optim.Adam(p, 1e-3, amsgrad=True), "Adam", {"amsgrad": True}),
    "AdamW": (lambda p: optim.AdamW(p, 1e-3), "AdamW", {}),
}


def steps(method: str, arrays: int, dtype: np.dtype) -> dict[str, tuple[Callable, Callable]]:
    """Our step and torch's, on a million parameters in ``arrays`` matrices.

    Each comes with the two passes that make its gradients anew: the matrices are the weights of
    layers that stand side by side, and NumPy multiplies for both.
    """
    make, name, options = METHODS[method]
    rng = np.random.default_rng(0)
    shape = {1: (1000, 1000), 20: (200, 250)}[arrays]
    start = rng.standard_normal((arrays, *shape)).astype(dtype)
    grads = list(rng.standard_normal((arrays, *shape)).astype(dtype))
    params = list(start.copy())
    leaves = [torch.tensor(p, requires_grad=True) for p in start]
    for leaf, g in zip(leaves, grads, strict=True):
        leaf.grad = torch.tensor(g)
    x = rng.standard_normal((64, shape[0])).astype(dtype)

    def passes(weights: list[np.ndarray], out: list[np.ndarray]) -> Callable[[], None]:
        def run() -> None:
            for w, g in zip(weights, out, strict=True):
                np.matmul(x.T, np.tanh(x @ w), out=g)

        return run

    ours = make(params)
    theirs = getattr(torch.optim, name)(leaves, lr=1e-3, foreach=False, **options)
    for _ in range(3):
        ours.step(grads)
        theirs.step()
    close = {"rtol": 1e-12, "atol": 1e-12} if dtype == np.float64 else {"atol": 1e-5}
    for p, leaf in zip(params, leaves, strict=True):
        np.testing.assert_allclose(p, leaf.detach().numpy(), err_msg=method, **close)
    their_weights = [leaf.detach().numpy() for leaf in leaves]  # views
    their_grads = [leaf.grad.numpy() for leaf in leaves]
    return {
        "ours": (lambda: ours.step(grads), passes(params, grads)),
        "torch": (theirs.step, passes(their_weights, their_grads)),
    }


def training(dtype: np.dtype) -> dict[str, Callable[[], float]]:
    """Whole training steps; each returns its loss."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 40)).astype(dtype)
    labels = rng.integers(0, 10, 64)
    start = []
    for k, m in pairwise([40, 100, 100, 10]):
        start.append((rng.standard_normal((m, k)) * np.sqrt(2 / k)).astype(dtype))
        start.append(np.zeros(m, dtype))
    params = [Tensor(p, requires_grad=True) for p in start]
    adam = optim.Adam(params)

    def ours() -> float:
        w1, b1, w2, b2, w3, b3 = params
        h = relu(linear(relu(linear(x, w1, b1)), w2, b2))
        loss = cross_entropy(linear(h, w3, b3), labels)
        for p in params:
            p.zero_grad()
        loss.backward()
        adam.step()
        return loss.item()

    def with_torch(**options: bool) -> Callable[[], float]:
        leaves = [torch.tensor(p, requires_grad=True) for p in start]
        t_x, t_labels = torch.tensor(x), torch.tensor(labels)
        adam = torch.optim.Adam(leaves, **options)
        f = torch.nn.functional

        def run() -> float:
            w1, b1, w2, b2, w3, b3 = leaves
            h = f.linear(f.linear(t_x, w1, b1).relu(), w2, b2).relu()
            loss = f.cross_entropy(f.linear(h, w3, b3), t_labels)
            adam.zero_grad()
            loss.backward()
            adam.step()
            return loss.item()

        return run

    task = {"ours": ours, "torch": with_torch(), "torch fused": with_torch(fused=True)}
    for _ in range(3):
        losses = [run() for run in task.values()]
        np.testing.assert_allclose(losses, losses[0], rtol=1e-4 if dtype == np.float32 else 1e-9)
    return task


def ratios(
    task: dict[str, Callable],
    base: str,
    seconds: float,
    before: dict[str, Callable] | None = None,
) -> tuple[float, dict]:
    """Median seconds of ``base``, and median ratios of the others to it, round by round.

    ``before`` names what runs, uncounted, before each run of a candidate.
    """
    rounds: list[dict[str, float]] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(rounds) < 7:
        rounds.append({})
        for name, run in task.items():
            run()  # the first run after another candidate's finds the caches full of that
            taken = 0.0
            for _ in range(3):
                if before:
                    before[name]()
                start = time.process_time()  # of this process, whatever else the machine does
                run()
                taken += time.process_time() - start
            rounds[-1][name] = taken / 3
    others = [name for name in task if name != base]
    found = {n: statistics.median(r[n] / r[base] for r in rounds) for n in others}
    return statistics.median(r[base] for r in rounds), found


def main() -> None:
    """Run all tasks and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="time for each comparison")
    seconds = parser.parse_args().seconds
    kinds = (np.float64, np.float32)
    print(f"{'a step on 1e6 parameters':26}{'torch':>9}   ours / torch, foreach=False")
    print(f"{'':38}1 array: in training, again   20 arrays: in training, again")
    for method in METHODS:
        for dtype in kinds:
            line = []
            for arrays in (1, 20):
                both = steps(method, arrays, dtype)
                task = {name: step for name, (step, _) in both.items()}
                before = {name: passes for name, (_, passes) in both.items()}
                base, found = ratios(task, "torch", seconds, before)
                _, again = ratios(task, "torch", seconds)
                line.append(f"{found['ours']:12.2f} {again['ours']:12.2f}")
            title = f"{method}, {dtype.__name__}"
            print(f"{title:26}{1e3 * base:6.2f} ms   {'      '.join(line)}", flush=True)
    print(f"\n{'a training step, Adam':26}{'ours':>9}   ratio to ours")
    for dtype in kinds:
        base, found = ratios(training(dtype), "ours", 2 * seconds)
        line = "   ".join(f"{name} {ratio:.2f}" for name, ratio in found.items())
        print(f"{'MLP, ' + dtype.__name__:26}{1e6 * base:6.0f} us   {line}", flush=True)


if __name__ == "__main__":
    main()
