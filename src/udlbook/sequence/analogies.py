"""Neighbours of a word, and the fourth word of an analogy.

Source: Mikolov, Yih & Zweig, "Linguistic regularities in continuous space word representations",
2013 (3CosAdd); Levy & Goldberg, "Linguistic regularities in sparse and explicit word
representations", 2014 (3CosMul, equation 4).
"""

import numpy as np

from .._check import check_choice, check_range, check_shape


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Vectors divided by their lengths; one of length zero stays. Shapes: (V, D), as returned."""
    vectors = np.asarray(vectors, float)
    check_shape("vectors", vectors, "V", "D")
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1)


def nearest(vectors: np.ndarray, word: int, n: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """The n words with the largest cosine to a word, nearest first, and the cosines.

    Shapes:
        vectors (V, D); returns two (n,).

    Raises:
        ValueError: If the word does not exist, or fewer than n others do.
    """
    unit = unit_rows(vectors)
    check_range("word", word, 0, len(unit) - 1)
    check_range("n", n, 1, len(unit) - 1)
    cosine = unit @ unit[word]
    order = np.argsort(-np.where(np.arange(len(unit)) == word, -np.inf, cosine), kind="stable")[:n]
    return order, cosine[order]


def complete_analogy(
    vectors: np.ndarray,
    questions: np.ndarray,
    *,
    method: str = "add",
    exclude: bool = True,
    tiny: float = 1e-3,
) -> np.ndarray:
    """The word d that makes a : b :: c : d.

    With unit vectors and cosines, ``"add"`` takes the largest cos(d, b) - cos(d, a) + cos(d, c),
    ``"mul"`` the largest cos(d, b) cos(d, c) / (cos(d, a) + tiny), where cosines are first moved
    to 0 to 1 by (1 + cos) / 2.

    Args:
        vectors: One for each word.
        questions: The words a, b, c; a fourth column is not looked at.
        method: ``"add"`` or ``"mul"``.
        exclude: Whether a, b and c themselves are no answers.
        tiny: Keeps the quotient finite.

    Shapes:
        vectors (V, D); questions (M, 3) or (M, 4); returns (M,).

    Raises:
        ValueError: If the method does not exist, or a word.
    """
    check_choice("method", method, ("add", "mul"))
    unit, questions = unit_rows(vectors), np.asarray(questions)
    check_shape("questions", questions[:, :3], "M", 3)
    for word in (questions.min(initial=0), questions.max(initial=0)):
        check_range("word", int(word), 0, len(unit) - 1)
    a, b, c = (unit[questions[:, i]] @ unit.T for i in range(3))  # (M, V) each
    if method == "add":
        score = b - a + c
    else:
        a, b, c = ((1 + cosine) / 2 for cosine in (a, b, c))
        score = b * c / (a + tiny)
    if exclude:
        np.put_along_axis(score, questions[:, :3], -np.inf, axis=1)
    return score.argmax(axis=1)


def analogy_accuracy(
    vectors: np.ndarray, questions: np.ndarray, *, method: str = "add", exclude: bool = True
) -> float:
    """The share of analogies a : b :: c : d that are completed with d.

    Shapes:
        vectors (V, D); questions (M, 4).

    Raises:
        ValueError: If there is no question; and as ``complete_analogy``.
    """
    questions = np.asarray(questions)
    check_shape("questions", questions, "M", 4)
    check_range("number of questions", len(questions), 1)
    answers = complete_analogy(vectors, questions, method=method, exclude=exclude)
    return float(np.mean(answers == questions[:, 3]))


def direction(vectors: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The unit vector along the mean of b - a over pairs of words (a, b).

    Source: Bolukbasi et al., "Man is to computer programmer as woman is to homemaker? Debiasing
    word embeddings", 2016, arXiv:1607.06520. Ours differs: a mean of differences, where the paper
    takes the first principal component of the centred pairs.

    Shapes:
        vectors (V, D); pairs (P, 2); returns (D,).

    Raises:
        ValueError: If the mean difference is zero.
    """
    vectors, pairs = np.asarray(vectors, float), np.asarray(pairs)
    check_shape("vectors", vectors, "V", "D")
    check_shape("pairs", pairs, "P", 2)
    mean = (vectors[pairs[:, 1]] - vectors[pairs[:, 0]]).mean(axis=0)
    length = np.linalg.norm(mean)
    if not length > 0:
        raise ValueError("pairs must differ on average; got a mean difference of zero")
    return mean / length
