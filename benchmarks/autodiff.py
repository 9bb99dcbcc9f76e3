"""The autodiff engine beside NumPy written by hand, and beside what one would use instead.

    OMP_NUM_THREADS=1 python benchmarks/autodiff.py [--seconds 4]

Each task is one forward and one backward pass. All candidates run in this one process, in
turns of a few runs, so that a busy machine is busy for all; the median counts. Ratios are to
NumPy by hand: the same arithmetic with the derivatives written out, results overwritten in place
where that is natural. Before anything is timed, each candidate's gradients are compared with the
hand-written ones. On NumPy's own scalars, which cost 40 ns an operation and not 300, the
bookkeeping of any engine shows most: that line is there for honesty.
PyTorch, mygrad and autograd take part when they can be imported.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy loads

import argparse
import gc
import importlib
import statistics
import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from udlbook.autodiff import Tensor, conv2d, cross_entropy, linear, relu

Task = dict[str, Callable[[], list[np.ndarray]]]  # candidate -> the gradients


def optional(name: str):
    """The module, or None if it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


torch = optional("torch")
mygrad = optional("mygrad")
autograd = optional("autograd")
if torch:
    torch.set_num_threads(1)
if autograd:
    import autograd.numpy as anp


# ------------------------------------------------------------------------------------- the MLP


def mlp(dtype=np.float64) -> Task:
    """40-100-100-10, ReLU, softmax cross-entropy, a batch of 64."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 40)).astype(dtype)
    labels = rng.integers(0, 10, 64)
    sizes = [40, 100, 100, 10]
    params = []
    for k, m in pairwise(sizes):
        params.append((rng.standard_normal((m, k)) * np.sqrt(2 / k)).astype(dtype))
        params.append(rng.standard_normal(m).astype(dtype))
    rows = np.arange(64)

    def by_hand():
        w1, b1, w2, b2, w3, b3 = params
        h1 = x @ w1.T
        h1 += b1
        np.maximum(h1, 0, out=h1)
        h2 = h1 @ w2.T
        h2 += b2
        np.maximum(h2, 0, out=h2)
        p = h2 @ w3.T
        p += b3
        p -= p.max(1, keepdims=True)
        correct = p[rows, labels]
        np.exp(p, out=p)
        total = p.sum(1, keepdims=True)
        loss = np.mean(np.log(total[:, 0]) - correct)
        assert loss > 0
        p /= total
        p[rows, labels] -= 1
        p /= len(labels)
        g_w3, g_b3 = p.T @ h2, p.sum(0)
        g2 = p @ w3
        g2 *= h2 > 0
        g_w2, g_b2 = g2.T @ h1, g2.sum(0)
        g1 = g2 @ w2
        g1 *= h1 > 0
        return [g1.T @ x, g1.sum(0), g_w2, g_b2, g_w3, g_b3]

    tensors = [Tensor(p, requires_grad=True) for p in params]

    def ours():
        w1, b1, w2, b2, w3, b3 = tensors
        h = relu(linear(x, w1, b1))
        h = relu(linear(h, w2, b2))
        loss = cross_entropy(linear(h, w3, b3), labels)
        for t in tensors:
            t.zero_grad()
        loss.backward()
        return [t.grad for t in tensors]

    task = {"by hand": by_hand, "udlbook": ours}
    if torch:
        t_params = [torch.tensor(p, requires_grad=True) for p in params]
        t_x, t_labels = torch.tensor(x), torch.tensor(labels)
        functional = torch.nn.functional

        def with_torch():
            w1, b1, w2, b2, w3, b3 = t_params
            h = functional.linear(t_x, w1, b1).relu()
            h = functional.linear(h, w2, b2).relu()
            loss = functional.cross_entropy(functional.linear(h, w3, b3), t_labels)
            for p in t_params:
                p.grad = None
            loss.backward()
            return [p.grad.numpy() for p in t_params]

        task["torch"] = with_torch
    if mygrad:
        m_params = [mygrad.tensor(p) for p in params]

        def with_mygrad():
            w1, b1, w2, b2, w3, b3 = m_params
            h = mygrad.nnet.relu(mygrad.matmul(x, w1.T) + b1)
            h = mygrad.nnet.relu(mygrad.matmul(h, w2.T) + b2)
            loss = mygrad.nnet.softmax_crossentropy(mygrad.matmul(h, w3.T) + b3, labels)
            loss.backward()
            return [p.grad for p in m_params]

        task["mygrad"] = with_mygrad
    if autograd:

        def a_loss(params):
            w1, b1, w2, b2, w3, b3 = params
            h = anp.maximum(anp.dot(x, w1.T) + b1, 0)
            h = anp.maximum(anp.dot(h, w2.T) + b2, 0)
            logits = anp.dot(h, w3.T) + b3
            logits = logits - anp.max(logits, axis=1, keepdims=True)
            return anp.mean(anp.log(anp.sum(anp.exp(logits), axis=1)) - logits[rows, labels])

        a_grad = autograd.grad(a_loss)
        task["autograd"] = lambda: a_grad(params)
    return task


# ----------------------------------------------------------------------------------- the chain


def chain(start, steps: int = 1000) -> Task:
    """y = y * a + b, a thousand times; the gradients of a, b and the first y."""
    full = np.full_like if isinstance(start, np.ndarray) else lambda _, value: np.float64(value)
    a, b = full(start, 0.9), full(start, 0.1)

    def by_hand():
        y, ys = start, []
        for _ in range(steps):
            ys.append(y)
            y = y * a + b
        g = np.ones_like(y)
        g_a, g_b = np.zeros_like(a), np.zeros_like(b)
        for y in reversed(ys):
            g_b = g_b + g
            g_a = g_a + g * y
            g = g * a
        return [g_a, g_b, g]

    leaves = [Tensor(v, requires_grad=True) for v in (a, b, start)]
    ones = np.ones_like(start)

    def ours():
        a, b, y = leaves
        for _ in range(steps):
            y = y * a + b
        for t in leaves:
            t.zero_grad()
        y.backward(ones)
        return [t.grad for t in leaves]

    task = {"by hand": by_hand, "udlbook": ours}
    if torch:
        t_leaves = [torch.tensor(v, requires_grad=True) for v in (a, b, start)]

        def with_torch():
            a, b, y = t_leaves
            for _ in range(steps):
                y = y * a + b
            for t in t_leaves:
                t.grad = None
            y.backward(torch.ones_like(y))
            return [t.grad.numpy() for t in t_leaves]

        task["torch"] = with_torch
    return task


# ----------------------------------------------------------------------------- the convolution


def convolution(n: int, c: int, size: int, m: int, k: int = 5) -> Task:
    """A convolution of LeNet-5, with the gradients of images, kernels and biases."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, c, size, size))
    w, b = rng.standard_normal((m, c, k, k)), rng.standard_normal(m)
    out = size - k + 1
    g = rng.standard_normal((n, m, out, out))

    def by_hand():
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))
        columns = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * out * out, c * k * k)
        y = columns @ w.reshape(m, -1).T
        y += b
        y = y.reshape(n, out, out, m).transpose(0, 3, 1, 2)
        assert y.shape == g.shape
        g_rows = g.transpose(0, 2, 3, 1).reshape(-1, m)
        g_w = (g_rows.T @ columns).reshape(w.shape)
        g_windows = (g_rows @ w.reshape(m, -1)).reshape(n, out, out, c, k, k)
        g_x = np.zeros_like(x)
        for i in range(k):
            for j in range(k):
                g_x[:, :, i : i + out, j : j + out] += g_windows[..., i, j].transpose(0, 3, 1, 2)
        return [g_x, g_w, g_rows.sum(0)]

    leaves = [Tensor(v, requires_grad=True) for v in (x, w, b)]

    def ours():
        for t in leaves:
            t.zero_grad()
        conv2d(*leaves).backward(g)
        return [t.grad for t in leaves]

    task = {"by hand": by_hand, "udlbook": ours}
    if torch:
        t_leaves = [torch.tensor(v, requires_grad=True) for v in (x, w, b)]
        t_g = torch.tensor(g)

        def with_torch():
            for t in t_leaves:
                t.grad = None
            torch.nn.functional.conv2d(*t_leaves).backward(t_g)
            return [t.grad.numpy() for t in t_leaves]

        task["torch"] = with_torch
    if mygrad:
        m_x, m_w, m_b = mygrad.tensor(x), mygrad.tensor(w), mygrad.tensor(b.reshape(1, m, 1, 1))

        def with_mygrad():
            (mygrad.nnet.conv_nd(m_x, m_w, stride=1) + m_b).backward(g)
            return [m_x.grad, m_w.grad, m_b.grad.reshape(m)]

        task["mygrad"] = with_mygrad
    return task


# ----------------------------------------------------------------------------------- measuring


def agree(task: Task) -> None:
    """Raise unless all candidates compute the gradients that the hand-written one computes."""
    wanted = task["by hand"]()
    for name, run in task.items():
        for got, want in zip(run(), wanted, strict=True):
            np.testing.assert_allclose(
                got, want, rtol=1e-3 if want.dtype == np.float32 else 1e-9, atol=1e-5, err_msg=name
            )


def medians(task: Task, seconds: float) -> dict[str, float]:
    """The median processor time of each candidate, in seconds; the candidates take turns."""
    times: dict[str, list[float]] = {name: [] for name in task}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["by hand"]) < 5:
        for name, run in task.items():
            run()  # the first run after another candidate's finds the caches full of that
            for _ in range(5):
                start = time.process_time()  # of this process, whatever else the machine does
                run()
                times[name].append(time.process_time() - start)
    return {name: statistics.median(t) for name, t in times.items()}


def peak(run: Callable) -> int:
    """The most bytes that NumPy and Python held at once during a run."""
    run()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    result = run()
    highest = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    del result
    return highest


def main() -> None:
    """Run all tasks and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="time for each task")
    seconds = parser.parse_args().seconds
    tasks = {
        "MLP 40-100-100-10, float64": mlp(),
        "MLP 40-100-100-10, float32": mlp(np.float32),
        "chain of 1000, arrays ()": chain(np.array(0.5)),
        "chain of 1000, arrays (10,)": chain(np.full(10, 0.5)),
        "chain of 1000, NumPy scalars": chain(np.float64(0.5)),
        "LeNet C1: 64 x 1 x 32 x 32": convolution(64, 1, 32, 6),
        "LeNet C3: 64 x 6 x 14 x 14": convolution(64, 6, 14, 16),
    }
    missing = [n for n in ("torch", "mygrad", "autograd") if optional(n) is None]
    if missing:
        print(f"not installed, so left out: {', '.join(missing)}")
    print(f"{'task':30}{'by hand':>10}   ratio to it")
    for title, task in tasks.items():
        agree(task)
        times = medians(task, seconds)
        base = times.pop("by hand")
        ratios = "  ".join(f"{name} {t / base:.2f}" for name, t in times.items())
        print(f"{title:30}{1e6 * base:7.0f} us   {ratios}", flush=True)
    task = tasks["MLP 40-100-100-10, float64"]
    base = peak(task["by hand"])
    others = "  ".join(
        f"{name} {peak(task[name]) / base:.2f}"
        for name in ("udlbook", "mygrad", "autograd")
        if name in task
    )
    print(f"{'MLP, peak memory':30}{base / 1024:6.0f} KiB   {others}")


if __name__ == "__main__":
    main()
