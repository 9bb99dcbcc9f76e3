r"""Writing with a language model: from logits to the next token, again and again.

Temperature t divides the logits: p_i is proportional to exp(logit_i / t). Top-k keeps the k most
probable tokens. Top-p, or nucleus sampling, keeps the smallest set of most probable tokens whose
probability is at least p. What is left is scaled up to sum to one.

Sources: Fan, Lewis & Dauphin, "Hierarchical neural story generation", ACL 2018,
arXiv:1805.04833, section 5.4 (top-k); Holtzman et al., "The curious case of neural text
degeneration", ICLR 2020, arXiv:1904.09751, section 3.1 (nucleus). Ours differs: of equally
probable tokens the first ones are kept, so that top-k keeps exactly k.
"""

import torch
from torch import Generator, Tensor

from .._check import check_range, check_shape
from .gpt import GPT

_NEVER = float("-inf")


def top_k(logits: Tensor, k: int) -> Tensor:
    """Logits of all but the k most probable tokens become -inf.

    Shapes:
        (..., V) -> (..., V).

    Raises:
        ValueError: If k is not positive.

    >>> top_k(torch.tensor([1.0, 3.0, 2.0]), 2)
    tensor([-inf, 3., 2.])
    """
    check_range("k", k, 1)
    order = logits.argsort(dim=-1, descending=True, stable=True)
    return logits.scatter(-1, order[..., k:], _NEVER)


def top_p(logits: Tensor, p: float) -> Tensor:
    """Logits outside the nucleus become -inf: the fewest tokens of total probability p or more.

    Shapes:
        (..., V) -> (..., V).

    Raises:
        ValueError: If p is not between 0 and 1.

    >>> top_p(torch.tensor([0.1, 0.6, 0.3]).log(), 0.6).exp()
    tensor([0.0000, 0.6000, 0.0000])
    """
    check_range("p", p, 0, 1)
    ranked, order = logits.sort(dim=-1, descending=True, stable=True)
    q = ranked.softmax(dim=-1)
    before = q.cumsum(dim=-1) - q  # probability of all that is more probable
    tiny = 4 * torch.finfo(q.dtype).eps  # a sum that misses p by rounding is not below it
    outside = before >= p - tiny if p < 1 else torch.zeros_like(q, dtype=torch.bool)
    outside[..., 0] = False
    return logits.masked_fill(torch.zeros_like(outside).scatter(-1, order, outside), _NEVER)


def probabilities(
    logits: Tensor, *, temperature: float = 1.0, k: int | None = None, p: float | None = None
) -> Tensor:
    """The distribution that is drawn from: temperature first, then top-k, then top-p.

    Args:
        logits: What the model says.
        temperature: Divides the logits; 0 puts all on the most probable token.
        k: Keep the k most probable tokens.
        p: Keep the nucleus of this probability.

    Shapes:
        (..., V) -> (..., V).

    Raises:
        ValueError: If a number is out of range.
    """
    check_range("temperature", temperature, 0)
    logits = top_k(logits, 1) if temperature == 0 else logits / temperature
    logits = logits if k is None else top_k(logits, k)
    logits = logits if p is None else top_p(logits, p)
    return logits.softmax(dim=-1)


@torch.no_grad()
def generate(
    model: GPT,
    prompt: Tensor,
    n: int,
    *,
    temperature: float = 1.0,
    k: int | None = None,
    p: float | None = None,
    use_cache: bool = True,
    generator: Generator | None = None,
) -> Tensor:
    """Write n tokens after each prompt.

    Args:
        model: A language model; its mode is put back afterwards.
        prompt: Tokens to begin with, one at least.
        n: Tokens to add.
        temperature: As in ``probabilities``; 0 is greedy.
        k: As in ``probabilities``.
        p: As in ``probabilities``.
        use_cache: Keep keys and values, so that each step reads one token; else each step reads
            the whole text again.
        generator: Draws the tokens, on its own device.

    Shapes:
        prompt (B, T) -> (B, T + n).

    Raises:
        ValueError: If the prompt is empty, a number is out of range, or the text would be longer
            than the model's context.
    """
    check_range("length of prompt", check_shape("prompt", prompt, "B", "T")["T"], 1)
    check_range("n", n, 0)
    length = prompt.shape[1] + n
    if length > model.config.context:
        raise ValueError(f"prompt and n must be at most {model.config.context}; got {length}")
    was_training = model.training
    model.eval()
    try:
        caches = model.new_caches() if use_cache else None
        text, new = prompt, prompt
        for _ in range(n):
            logits = model(new if use_cache else text, caches)[:, -1]
            q = probabilities(logits.double(), temperature=temperature, k=k, p=p)
            new = _draw(q, generator)
            text = torch.cat([text, new], dim=1)
    finally:
        model.train(was_training)
    return text


def _draw(q: Tensor, generator: Generator | None) -> Tensor:
    """One token a row. Shapes: (B, V) -> (B, 1)."""
    device = q.device if generator is None else generator.device
    return torch.multinomial(q.to(device), 1, generator=generator).to(q.device)
