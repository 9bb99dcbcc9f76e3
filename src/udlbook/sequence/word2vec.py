r"""word2vec: two ways to read a window, three ways to score a word.

The input of a model is a vector h: in skip-gram that of the word in the middle, in CBOW
("continuous bag of words") the mean of those of its neighbours. The output side turns h and the
word to predict into a loss. ``FullSoftmax`` compares all V words, ``HierarchicalSoftmax`` takes
log V decisions on the way down a tree, and ``NegativeSampling`` tells the word from k others.
Any input goes with any output.

Source: Mikolov et al., "Efficient estimation of word representations in vector space", 2013,
arXiv:1301.3781 (skip-gram, CBOW); Mikolov et al., "Distributed representations of words and
phrases and their compositionality", 2013, arXiv:1310.4546 (equations 2 to 4). Ours differs: the
losses are means over a batch, for any optimizer; a negative sample that hits the word itself
counts, as in equation 4, where the authors' program draws again.
"""

import numpy as np
import torch
from torch import Generator, Tensor, nn

from .._check import check_range, check_shape
from ..training import Batches, fit
from .cooccurrence import PAD, cooccurrence, noise_distribution, window_pairs
from .huffman import huffman_tree


class SkipGram(nn.Module):
    """h is the vector of the word in the middle.

    Args:
        n_words: Size of the vocabulary.
        dim: Length of the vectors.
        generator: Draws them, evenly from -1 / (2 dim) to 1 / (2 dim), as the authors' program.

    Shapes:
        words (B,); h (B, dim).
    """

    def __init__(self, n_words: int, dim: int, *, generator: Generator | None = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(_small(n_words, dim, generator))

    def forward(self, words: Tensor) -> Tensor:
        """Look the vectors up."""
        check_shape("words", words, "B")
        return self.weight[words]


class CBOW(nn.Module):
    """h is the mean of the vectors of all neighbours; token 0 is no neighbour.

    Args:
        n_words: Size of the vocabulary.
        dim: Length of the vectors.
        generator: Draws them, as in ``SkipGram``.

    Shapes:
        neighbours (B, W); h (B, dim).
    """

    def __init__(self, n_words: int, dim: int, *, generator: Generator | None = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(_small(n_words, dim, generator))

    def forward(self, neighbours: Tensor) -> Tensor:
        """Average the vectors.

        Raises:
            ValueError: If a row holds no neighbour at all.
        """
        check_shape("neighbours", neighbours, "B", "W")
        there = (neighbours != PAD).to(self.weight.dtype)  # (B, W)
        count = there.sum(dim=1, keepdim=True)
        if bool((count == 0).any()):
            raise ValueError("every row of neighbours must hold a word; got a row of zeros")
        return torch.einsum("bw,bwd->bd", there / count, self.weight[neighbours])


class FullSoftmax(nn.Module):
    """p(w | h) = exp(u_w . h) / sum over all words: the exact model, V dot products a word.

    Args:
        n_words: Size of the vocabulary.
        dim: Length of h.

    Shapes:
        h (B, dim); words (B,); log_prob (B, V).
    """

    def __init__(self, n_words: int, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n_words, dim))

    def log_prob(self, h: Tensor) -> Tensor:
        """log p of every word."""
        check_shape("h", h, "B", self.weight.shape[1])
        logits = h @ self.weight.T
        return logits - logits.logsumexp(dim=1, keepdim=True)

    def forward(self, h: Tensor, words: Tensor) -> Tensor:
        """The mean of minus log p(word | h), in nats."""
        check_shape("words", words, len(h))
        return -self.log_prob(h).gather(1, words[:, None]).mean()


class HierarchicalSoftmax(nn.Module):
    """p(w | h) is a product of decisions on the way from the root of a Huffman tree to w.

    At each inner node the way goes to child 0 with probability sigmoid(u . h), with one vector u
    for each of the V - 1 inner nodes. Probabilities of all words sum to 1 without a sum over
    words.

    Args:
        counts: How often each word is seen; the tree is built from them.
        dim: Length of h.

    Shapes:
        counts (V,); h (B, dim); words (B,); log_prob (B, V).
    """

    nodes: Tensor
    signs: Tensor

    def __init__(self, counts: np.ndarray, dim: int) -> None:
        super().__init__()
        tree = huffman_tree(counts)
        on_way = np.arange(tree.nodes.shape[1]) < tree.lengths[:, None]
        signs = np.where(on_way, 1 - 2 * tree.bits, 0)  # +1 to child 0, -1 to child 1, 0 beyond
        self.register_buffer("nodes", torch.from_numpy(tree.nodes))
        self.register_buffer("signs", torch.from_numpy(signs))
        self.weight = nn.Parameter(torch.zeros(len(tree.lengths) - 1, dim))

    def forward(self, h: Tensor, words: Tensor) -> Tensor:
        """The mean of minus log p(word | h), in nats; only the words' own ways are computed."""
        check_shape("h", h, "B", self.weight.shape[1])
        check_shape("words", words, len(h))
        scores = torch.einsum("bhd,bd->bh", self.weight[self.nodes[words]], h)
        return -self._along(scores, self.signs[words]).mean()

    def log_prob(self, h: Tensor) -> Tensor:
        """log p of every word."""
        check_shape("h", h, "B", self.weight.shape[1])
        scores = (h @ self.weight.T)[:, self.nodes]  # (B, V, H)
        return self._along(scores, self.signs)

    @staticmethod
    def _along(scores: Tensor, signs: Tensor) -> Tensor:
        """The sum of log sigmoid(sign * score) over the steps that there are."""
        return torch.where(signs != 0, nn.functional.logsigmoid(signs * scores), 0).sum(dim=-1)


class NegativeSampling(nn.Module):
    """Tell the word that was seen from k words drawn from noise (equation 4).

    The loss is -log sigmoid(u_w . h) - sum over k draws of log sigmoid(-u_n . h). It is no
    likelihood of the word: nothing sums to 1.

    Args:
        counts: How often each word is seen; the noise is proportional to their ``power``.
        dim: Length of h.
        k: Negative samples for each word.
        power: 0.75 in the paper.
        generator: Draws the noise; None takes torch's own.

    Shapes:
        counts (V,); h (B, dim); words (B,); noise (B, k).
    """

    noise: Tensor

    def __init__(
        self,
        counts: np.ndarray,
        dim: int,
        k: int = 5,
        *,
        power: float = 0.75,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        check_range("k", k, 1)
        cumulative = np.cumsum(noise_distribution(counts, power))
        self.register_buffer("noise", torch.from_numpy(cumulative / cumulative[-1]))
        self.weight = nn.Parameter(torch.zeros(len(cumulative), dim))
        self.k, self.generator = k, generator

    def draw(self, size: int) -> Tensor:
        """Negative samples. Shapes: returns (size, k)."""
        device = self.generator.device if self.generator else self.noise.device
        u = torch.rand(size, self.k, dtype=torch.float64, generator=self.generator, device=device)
        return torch.searchsorted(self.noise, u.to(self.noise.device), right=True)

    def forward(self, h: Tensor, words: Tensor, noise: Tensor | None = None) -> Tensor:
        """The mean loss; noise is drawn unless it is given."""
        sizes = check_shape("h", h, "B", self.weight.shape[1])
        check_shape("words", words, sizes["B"])
        noise = self.draw(len(h)) if noise is None else noise
        check_shape("noise", noise, sizes["B"], "k")
        sampled = torch.cat([words[:, None], noise], dim=1)  # (B, 1 + k)
        scores = torch.einsum("bkd,bd->bk", self.weight[sampled], h)
        signs = torch.ones_like(scores[:1])
        signs[:, 1:] = -1
        return -nn.functional.logsigmoid(signs * scores).sum(dim=1).mean()


def negative_sampling_gradients(h: Tensor, word: Tensor, noise: Tensor) -> tuple[Tensor, ...]:
    """The slopes of the negative sampling loss by hand, for each example.

    By a score the slope is sigmoid(score) minus the label, which is 1 for the word and 0 for
    noise; the rest is the chain rule.

    Args:
        h: What the input side gave.
        word: Output vectors of the words that were seen.
        noise: Output vectors of the words that were drawn.

    Shapes:
        h, word (B, D); noise (B, k, D); returns the slopes in the same order and shapes.
    """
    sizes = check_shape("h", h, "B", "D")
    check_shape("word", word, "B", "D", **sizes)
    check_shape("noise", noise, "B", "k", "D", **sizes)
    seen = torch.sigmoid((word * h).sum(-1, keepdim=True)) - 1  # (B, 1)
    drawn = torch.sigmoid(torch.einsum("bkd,bd->bk", noise, h))  # (B, k)
    by_h = seen * word + torch.einsum("bk,bkd->bd", drawn, noise)
    return by_h, seen * h, drawn[:, :, None] * h[:, None]


def softmax_gradients(h: Tensor, weight: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
    """The slopes of the summed softmax loss by hand: by h, and by all output vectors.

    Shapes:
        h (B, D); weight (V, D); words (B,); returns (B, D) and (V, D).
    """
    sizes = check_shape("h", h, "B", "D")
    check_shape("weight", weight, "V", "D", D=sizes["D"])
    check_shape("words", words, sizes["B"])
    error = torch.softmax(h @ weight.T, dim=1)  # p - y, (B, V)
    error[torch.arange(len(words)), words] -= 1
    return error @ weight, error.T @ h


def expected_negative_sampling(
    scores: Tensor, counts: Tensor, k: float, power: float = 0.75
) -> Tensor:
    """The negative sampling loss of a whole corpus, with the draws averaged out.

    It is the mean over all pairs (w, c) that were seen of -log sigmoid(s_wc), plus k times the
    mean of -log sigmoid(-s_wc) over the same words w and noise c.

    Args:
        scores: The dot products s_wc.
        counts: How often each pair was seen.
        k: Negative samples for each pair.
        power: Of the noise.

    Shapes:
        scores, counts (V, C); returns a scalar.
    """
    sizes = check_shape("counts", counts, "V", "C")
    check_shape("scores", scores, "V", "C", **sizes)
    column = counts.sum(0)
    noise = torch.where(column > 0, column**power, 0)
    drawn = k * counts.sum(1, keepdim=True) * (noise / noise.sum())
    losses = counts * nn.functional.softplus(-scores) + drawn * nn.functional.softplus(scores)
    return losses.sum() / counts.sum()


def skip_gram_vectors(
    tokens: np.ndarray,
    n_words: int,
    dim: int = 32,
    *,
    window: int = 5,
    k: int = 5,
    steps: int = 600,
    size: int = 1024,
    lr: float = 0.02,
    generator: Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Train skip-gram with negative samples by Adam, on the device of the generator.

    Args:
        tokens: Sentences, filled up with token 0.
        n_words: Size of the vocabulary.
        dim: Length of the vectors.
        window: Farthest neighbour, in places.
        k: Negative samples for each pair.
        steps: Updates.
        size: Pairs a batch.
        lr: Learning rate.
        generator: Draws first vectors, batches and noise.

    Shapes:
        tokens (N, L); returns the vectors of words (n_words, dim) and those of neighbours, on
        the output side, of the same shape.

    Raises:
        ValueError: If tokens are not whole numbers below ``n_words``, or no word has a neighbour.
    """
    centre, context = window_pairs(tokens, window)
    counts = cooccurrence(centre, context, n_words).sum(axis=0)
    model = SkipGram(n_words, dim, generator=generator)
    output = NegativeSampling(counts, dim, k, generator=generator).to(generator.device)
    pairs = (torch.from_numpy(a).to(generator.device) for a in (centre, context))
    fit(
        lambda words, neighbours: output(model(words), neighbours),
        nn.ModuleList([model, output]),
        Batches(*pairs, size=size, generator=generator),
        steps=steps,
        lr=lr,
    )
    return model.weight.detach().cpu().numpy(), output.weight.detach().cpu().numpy()


def _small(n_words: int, dim: int, generator: Generator | None) -> Tensor:
    check_range("n_words", n_words, 2)
    check_range("dim", dim, 1)
    device = generator.device if generator else None
    return (torch.rand(n_words, dim, generator=generator, device=device) - 0.5) / dim
