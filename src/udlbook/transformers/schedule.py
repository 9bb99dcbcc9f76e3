r"""The learning rate of the paper: up along a line, down as one over the root of the step.

lrate = d_model^-0.5 min(step^-0.5, step warmup^-1.5). Its shape is ``udlbook.optim.inverse_sqrt``,
whose peak is 1; what is left is the height of the peak.

Source: Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762, equation 3.
"""

from .._check import check_range


def peak_rate(d_model: int, warm_up: int = 4000) -> float:
    """The largest learning rate of the paper's schedule, reached at step ``warm_up``.

    Give it to ``fit`` as ``lr``, with ``inverse_sqrt(warm_up)`` as the schedule.

    Raises:
        ValueError: If an argument is not positive.

    >>> round(peak_rate(512), 6)
    0.000699
    """
    check_range("d_model", d_model, 1)
    check_range("warm_up", warm_up, 1)
    return (d_model * warm_up) ** -0.5
