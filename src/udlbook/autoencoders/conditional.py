r"""Conditional variational autoencoders: p(x|y), and by Bayes' rule p(y|x).

Both networks are told a label y besides; the bound is that of a variational autoencoder, with y
given everywhere:

.. math::
    \ln p(x|y) \geq E_{q(z|x,y)}[\ln p(x|z, y)] - \mathrm{KL}(q(z|x,y) \,\|\, p(z)) .

Source: Sohn, Lee & Yan, "Learning structured output representation using deep conditional
generative models", NIPS 2015, section 4.1; Kingma, Mohamed, Rezende & Welling, "Semi-supervised
learning with deep generative models", NIPS 2014, arXiv:1406.5298, equation 6. Ours differs: the
prior of z does not depend on y (the first paper's may), and labels are known throughout.
"""

import torch
from torch import Generator, Tensor
from torch.nn.functional import one_hot

from .._check import check_range
from .iwae import log_likelihood
from .vae import VAE


def labels(y: Tensor, n_classes: int) -> Tensor:
    """Labels as one-hot rows, the condition of a ``VAE(..., condition=n_classes)``.

    Shapes:
        y (B,); returns (B, n_classes).

    Raises:
        ValueError: If a label is none of the classes.

    >>> labels(torch.tensor([2, 0]), 3)
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    if y.numel() and (y.min() < 0 or y.max() >= n_classes):
        raise ValueError(f"y must hold numbers from 0 to {n_classes - 1}; got {y.unique()}")
    return one_hot(y.long(), n_classes).to(torch.get_default_dtype())


@torch.no_grad()
def class_log_likelihoods(
    model: VAE, x: Tensor, n: int = 50, *, generator: Generator | None = None
) -> Tensor:
    """ln p(x|y) for every class y, each from n importance samples.

    With equally frequent classes, the softmax over the classes is p(y|x).

    Args:
        model: A VAE whose condition is a one-hot label.
        x: Data.
        n: Draws of z for each example and class.
        generator: Draws z.

    Shapes:
        x (B, dim); returns (B, classes), in nats.

    Raises:
        ValueError: If the model has no condition.
    """
    check_range("condition of the model", model.condition, 1)
    every = torch.eye(model.condition, dtype=x.dtype, device=x.device)
    columns = [
        log_likelihood(model, x, n, c.expand(len(x), -1), generator=generator) for c in every
    ]
    return torch.stack(columns, dim=1)
