"""Counting which words stand near which, and what the counts say before anything is learned.

Tables of pairs for training, the pointwise mutual information (PMI) of the pairs, and vectors
from its singular value decomposition. All in NumPy.

Source: Church & Hanks, "Word association norms, mutual information, and lexicography",
Computational Linguistics 16(1), 1990 (PMI); Levy & Goldberg, "Neural word embedding as implicit
matrix factorization", 2014 (shifted PMI, SVD, section 3 to 4.2); Mikolov et al., 2013,
arXiv:1310.4546, section 2.3 (subsampling). Ours differs: all neighbours in the window count as
much, as in Levy & Goldberg, where the program of Mikolov et al. draws the window's size anew for
every word.
"""

import numpy as np

from .._check import check_range, check_shape

PAD = 0  # the token that stands for no word


def window_pairs(tokens: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """All (word, neighbour) pairs at most ``window`` places apart in a sentence.

    Shapes:
        tokens (N, L), sentences filled up with token 0; returns two (P,).

    Raises:
        ValueError: If tokens are not whole numbers in a table, or the window is not positive.

    >>> window_pairs(np.array([[5, 6, 7]]), 1)
    (array([5, 6, 6, 7]), array([6, 7, 5, 6]))
    """
    centre, contexts = window_bags(tokens, window)
    bags, places = np.nonzero(contexts.T != PAD)[::-1]
    return centre[bags], contexts[bags, places]


def window_bags(tokens: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Each word with all of its neighbours; a word without any is left out.

    Shapes:
        tokens (N, L); returns words (P,) and neighbours (P, 2 * window), filled up with token 0.

    Raises:
        ValueError: If tokens are not whole numbers in a table, or the window is not positive.
    """
    tokens = _tokens(tokens)
    check_range("window", window, 1)
    n, length = tokens.shape
    wide = np.full((n, length + 2 * window), PAD, dtype=np.int64)
    wide[:, window : window + length] = tokens
    offsets = [*range(window + 1, 2 * window + 1), *range(window)]  # right neighbours first
    contexts = np.stack([wide[:, o : o + length] for o in offsets], axis=-1).reshape(
        -1, 2 * window
    )
    centre = tokens.reshape(-1)
    keep = (centre != PAD) & (contexts != PAD).any(axis=1)
    return centre[keep], contexts[keep]


def subsample(
    tokens: np.ndarray, counts: np.ndarray, threshold: float, *, rng: np.random.Generator
) -> np.ndarray:
    """Drop frequent words at random; what is left of a sentence moves together.

    A word that makes up the share f of the text stays with probability sqrt(threshold / f), or
    always if that is above 1 (equation 5).

    Args:
        tokens: Sentences.
        counts: How often each word is seen.
        threshold: Share above which words are dropped, the paper's t.
        rng: Decides.

    Shapes:
        tokens (N, L); counts (V,); returns (N, L), filled up with token 0.

    Raises:
        ValueError: If the threshold is not positive or a token has no count.
    """
    tokens, keep = _tokens(tokens), keep_probability(counts, threshold)
    check_range("largest token", int(tokens.max(initial=0)), 0, len(keep) - 1)
    gone = (rng.random(tokens.shape) >= keep[tokens]) | (tokens == PAD)
    order = np.argsort(gone, axis=1, kind="stable")
    return np.take_along_axis(np.where(gone, PAD, tokens), order, axis=1)


def keep_probability(counts: np.ndarray, threshold: float) -> np.ndarray:
    """min(1, sqrt(threshold / f)) for the share f of each word; 1 for a word never seen.

    Shapes:
        counts (V,); returns (V,).
    """
    counts = np.asarray(counts, float)
    check_shape("counts", counts, "V")
    if not threshold > 0:
        raise ValueError(f"threshold must be positive; got {threshold}")
    share = counts / counts.sum()
    return np.sqrt(threshold / np.maximum(share, threshold))


def cooccurrence(centre: np.ndarray, context: np.ndarray, n_words: int) -> np.ndarray:
    """How often each neighbour was seen beside each word.

    Shapes:
        centre, context (P,); returns (V, V): words in rows, neighbours in columns.

    Raises:
        ValueError: If the two differ in length, or a token is not below ``n_words``.
    """
    check_shape("context", context, len(centre))
    if len(centre):
        check_range("largest token", int(max(centre.max(), context.max())), 0, n_words - 1)
    flat = np.bincount(centre * n_words + context, minlength=n_words**2)
    return flat.reshape(n_words, n_words).astype(float)


def noise_distribution(counts: np.ndarray, power: float = 0.75) -> np.ndarray:
    """From which negative samples are drawn: counts to a power, normalized.

    Shapes:
        counts (V,); returns (V,).

    Raises:
        ValueError: If a count is negative or all are zero.
    """
    counts = np.asarray(counts, float)
    check_shape("counts", counts, "V")
    if np.any(counts < 0) or not counts.sum() > 0:
        raise ValueError(f"counts must be at least 0, not all 0; got a sum of {counts.sum()}")
    weight = np.where(counts > 0, np.maximum(counts, 1e-300) ** power, 0)
    return weight / weight.sum()


def pmi(counts: np.ndarray) -> np.ndarray:
    """log p(w, c) / (p(w) p(c)) in nats; minus infinity for a pair never seen.

    Shapes:
        counts (V, C), words in rows; returns (V, C).

    Raises:
        ValueError: If a count is negative or all are zero.
    """
    return shifted_pmi(counts, k=1, power=1)


def shifted_pmi(counts: np.ndarray, k: float, power: float = 0.75) -> np.ndarray:
    """The matrix that skip-gram with k negative samples factorizes.

    It is log of #(w, c) / (#(w) k q(c)), with the noise q of ``noise_distribution``. With
    ``power=1`` that is the PMI minus log k.

    Shapes:
        counts (V, C); returns (V, C).

    Raises:
        ValueError: If a count is negative, all are zero, or k is not positive.
    """
    counts = np.asarray(counts, float)
    check_shape("counts", counts, "V", "C")
    if np.any(counts < 0) or not counts.sum() > 0:
        raise ValueError(f"counts must be at least 0, not all 0; got a sum of {counts.sum()}")
    if not k > 0:
        raise ValueError(f"k must be positive; got {k}")
    expected = k * counts.sum(axis=1, keepdims=True) * noise_distribution(counts.sum(0), power)
    ratio = np.divide(counts, expected, out=np.zeros_like(counts), where=expected > 0)
    with np.errstate(divide="ignore"):
        return np.log(ratio)


def svd_vectors(matrix: np.ndarray, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors W and C with W C^T the best approximation of rank ``dim``, in least squares.

    Each gets the root of the singular values (Levy & Goldberg, equation 15). The usual matrix is
    the positive part of ``shifted_pmi``, in which pairs never seen are zeros.

    Shapes:
        matrix (V, C); returns (V, dim) and (C, dim).

    Raises:
        ValueError: If the matrix is not finite or ``dim`` is not between 1 and its smaller side.
    """
    check_shape("matrix", matrix, "V", "C")
    if not np.all(np.isfinite(matrix)):
        raise ValueError("matrix must be finite; got an infinite or missing number")
    check_range("dim", dim, 1, min(matrix.shape))
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    root = np.sqrt(s[:dim])
    return u[:, :dim] * root, vt[:dim].T * root


def _tokens(tokens: np.ndarray) -> np.ndarray:
    tokens = np.asarray(tokens)
    check_shape("tokens", tokens, "N", "L")
    if tokens.dtype.kind not in "iu" or tokens.min(initial=0) < 0:
        raise ValueError(f"tokens must be whole numbers from 0; got {tokens.dtype}")
    return tokens
