"""Oracles: torch's embedding, cross-entropy and bags with copied weights; autograd for slopes;
walks down the tree and loops over sentences in plain Python; all trees of small alphabets."""

import itertools
import math
from functools import lru_cache

import numpy as np
import pytest
import torch

from udlbook.data.corpus import corpus_ids, corpus_questions, corpus_words, draw_corpus
from udlbook.sequence.analogies import (
    analogy_accuracy,
    complete_analogy,
    direction,
    nearest,
    unit_rows,
)
from udlbook.sequence.cooccurrence import (
    cooccurrence,
    keep_probability,
    noise_distribution,
    pmi,
    shifted_pmi,
    subsample,
    svd_vectors,
    window_bags,
    window_pairs,
)
from udlbook.sequence.huffman import huffman_tree
from udlbook.sequence.word2vec import (
    CBOW,
    FullSoftmax,
    HierarchicalSoftmax,
    NegativeSampling,
    SkipGram,
    expected_negative_sampling,
    negative_sampling_gradients,
    skip_gram_vectors,
    softmax_gradients,
)
from udlbook.training import Batches, fit

COUNTS = np.array([0, 50, 20, 9, 7, 4, 4, 1, 1])  # nine words, the first never seen
V, D = len(COUNTS), 5


def gen(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=gen(seed))


def rough(module, seed=0):
    """The module in float64 with random weights; new ones are zero and hide errors."""
    module = module.double()
    with torch.no_grad():
        module.weight.copy_(normal(*module.weight.shape, seed=seed))
    return module


def slopes(loss, *leaves):
    return torch.autograd.grad(loss, leaves)


def same(a, b):
    torch.testing.assert_close(a, b, atol=1e-10, rtol=1e-10)


# -- Huffman --------------------------------------------------------------------------------------


@lru_cache
def depths(leaves):
    """The depths of the leaves of every binary tree with so many leaves, as sorted tuples."""
    if leaves == 1:
        return {(0,)}
    return {
        tuple(sorted(d + 1 for d in left + right))
        for k in range(1, leaves // 2 + 1)
        for left in depths(k)
        for right in depths(leaves - k)
    }


@pytest.mark.parametrize("size", range(2, 9))
def test_no_tree_at_all_is_shorter_than_huffmans(size):
    for seed in range(10):
        counts = np.random.default_rng(seed).geometric(0.15, size=size)
        shortest = min(
            sum(c * d for c, d in zip(sorted(counts, reverse=True), depth, strict=True))
            for depth in depths(size)
        )
        tree = huffman_tree(counts)
        assert math.isclose(tree.mean_length(counts), shortest / counts.sum())


def test_codes_are_free_of_prefixes_fill_the_tree_and_come_close_to_the_entropy():
    counts = np.random.default_rng(0).geometric(0.02, size=200)
    tree = huffman_tree(counts)
    codes = [tree.code(w) for w in range(200)]
    assert not any(b.startswith(a) for a, b in itertools.permutations(codes, 2))
    assert sum(2.0 ** -len(c) for c in codes) == 1
    p = counts / counts.sum()
    entropy = -(p * np.log2(p)).sum()
    assert entropy <= tree.mean_length(counts) < entropy + 1
    assert np.all(np.diff(tree.lengths[np.lexsort([tree.lengths, -counts])]) >= 0)


def test_a_dyadic_alphabet_reaches_the_entropy_and_the_root_is_the_last_node():
    tree = huffman_tree([8, 4, 2, 1, 1])
    assert tree.lengths.tolist() == [1, 2, 3, 4, 4]
    assert tree.nodes[0, 0] == 3 and set(tree.nodes[:, 0]) == {3}
    assert tree.nodes[3].tolist()[:4] == [3, 2, 1, 0]
    for bad in ([1], [[1, 2]], [1, -1], [1, np.inf]):
        with pytest.raises(ValueError, match="counts must be"):
            huffman_tree(bad)


# -- Windows and counts ---------------------------------------------------------------------------

TEXT = np.array([[3, 1, 4, 1, 5], [2, 7, 0, 0, 0], [6, 0, 0, 0, 0]])


@pytest.mark.parametrize("window", [1, 2, 4, 7])
def test_pairs_and_bags_are_those_of_a_loop_over_places(window):
    pairs, bags = [], []
    for row in TEXT.tolist():
        row = [t for t in row if t]
        for i, word in enumerate(row):
            near = [t for j, t in enumerate(row) if 0 < abs(i - j) <= window]
            pairs += [(word, t) for t in near]
            bags += [(word, sorted(near))] * bool(near)
    got = zip(*(a.tolist() for a in window_pairs(TEXT, window)), strict=True)
    assert sorted(got) == sorted(pairs)
    centre, contexts = window_bags(TEXT, window)
    assert contexts.shape == (len(centre), 2 * window)
    seen = [
        (w, sorted(t for t in c if t))
        for w, c in zip(centre.tolist(), contexts.tolist(), strict=True)
    ]
    assert sorted(seen) == sorted(bags)
    counts = cooccurrence(*window_pairs(TEXT, window), 8)
    naive = np.zeros((8, 8))
    for a, b in pairs:
        naive[a, b] += 1
    np.testing.assert_array_equal(counts, naive)
    np.testing.assert_array_equal(counts, counts.T)


def test_subsampling_keeps_words_with_the_papers_probability_and_their_order():
    counts = np.array([0, 900, 90, 9, 1])
    keep = keep_probability(counts, 0.01)
    share = [0.9, 0.09, 0.009, 0.001]
    np.testing.assert_allclose(keep, [1] + [min(1, math.sqrt(0.01 / f)) for f in share])
    tokens = np.tile([1, 4, 2, 3, 0], (20_000, 1))
    out = subsample(tokens, counts, 0.01, rng=np.random.default_rng(0))
    assert out.shape == tokens.shape
    kept = np.array([(out == w).any(axis=1).mean() for w in range(1, 5)])
    assert np.all(abs(kept - keep[1:]) < 4 * np.sqrt(keep[1:] * (1 - keep[1:]) / 20_000) + 1e-12)
    for row in np.unique(out, axis=0).tolist():
        words = [t for t in row if t]
        assert row == words + [0] * (5 - len(words))
        assert words == [t for t in (1, 4, 2, 3) if t in words]


def test_pmi_and_its_shift_are_those_of_single_entries():
    counts = np.array([[4.0, 0, 2], [1, 3, 0]])
    n = counts.sum()
    noise = noise_distribution(counts.sum(0))
    weight = [5**0.75, 3**0.75, 2**0.75]
    np.testing.assert_allclose(noise, np.array(weight) / sum(weight))
    assert noise_distribution([0, 1], 0.0).tolist() == [0, 1]
    for (i, j), count in np.ndenumerate(counts):
        if count == 0:
            assert pmi(counts)[i, j] == -np.inf == shifted_pmi(counts, 5)[i, j]
            continue
        joint, p, q = count / n, counts[i].sum() / n, counts[:, j].sum() / n
        assert math.isclose(pmi(counts)[i, j], math.log(joint / p / q))
        assert math.isclose(
            shifted_pmi(counts, 5)[i, j], math.log(count / (5 * counts[i].sum() * noise[j]))
        )
    np.testing.assert_allclose(
        shifted_pmi(counts + 1, 7, power=1), pmi(counts + 1) - math.log(7), atol=1e-12
    )


def test_svd_factors_are_the_best_of_their_rank():
    matrix = np.random.default_rng(0).normal(size=(7, 5))
    w, c = svd_vectors(matrix, 3)
    assert w.shape == (7, 3) and c.shape == (5, 3)
    left_out = np.sort(np.linalg.eigvalsh(matrix.T @ matrix))[:2].sum()  # Eckart and Young
    assert math.isclose(((matrix - w @ c.T) ** 2).sum(), left_out)
    np.testing.assert_allclose(w.T @ w, c.T @ c, atol=1e-12)  # the values are shared evenly


# -- Models ---------------------------------------------------------------------------------------


def test_inputs_equal_torchs_embedding_and_bag():
    words = torch.tensor([3, 1, 3, 8])
    ours = rough(SkipGram(V, D))
    theirs = torch.nn.Embedding(V, D, dtype=torch.float64)
    theirs.weight.data.copy_(ours.weight)
    g = normal(4, D, seed=1)
    same(ours(words), theirs(words))
    same(
        *slopes((ours(words) * g).sum(), ours.weight),
        *slopes((theirs(words) * g).sum(), theirs.weight),
    )

    bags = torch.tensor([[3, 1, 3, 8], [0, 2, 0, 5], [7, 0, 0, 0]])
    ours = rough(CBOW(V, D))
    theirs = torch.nn.EmbeddingBag(V, D, mode="mean", padding_idx=0, dtype=torch.float64)
    theirs.weight.data.copy_(ours.weight)
    same(ours(bags), theirs(bags))
    same(
        *slopes((ours(bags) * g[:3]).sum(), ours.weight),
        *slopes((theirs(bags) * g[:3]).sum(), theirs.weight),
    )
    new = SkipGram(400, 10, generator=gen()).weight
    assert 0.0499 < new.abs().max() <= 0.05 and abs(new.mean()) < 0.002
    torch.testing.assert_close(new, CBOW(400, 10, generator=gen()).weight)


def test_full_softmax_equals_cross_entropy_and_its_slopes_by_hand():
    out, h, words = (
        rough(FullSoftmax(V, D)),
        normal(6, D, seed=2).requires_grad_(),
        torch.arange(6),
    )
    loss = out(h, words)
    theirs = torch.nn.functional.cross_entropy(h @ out.weight.T, words)
    same(loss, theirs)
    for a, b in zip(slopes(loss, h, out.weight), slopes(theirs, h, out.weight), strict=True):
        same(a, b)
    same(out.log_prob(h).exp().sum(1), torch.ones(6, dtype=torch.float64))
    by_hand = softmax_gradients(h, out.weight, words)
    for a, b in zip(by_hand, slopes(6 * out(h, words), h, out.weight), strict=True):
        same(a, b)


def test_hierarchical_softmax_is_a_walk_down_the_tree_and_sums_to_one():
    out, h = rough(HierarchicalSoftmax(COUNTS, D)), normal(4, D, seed=3).requires_grad_()
    tree = huffman_tree(COUNTS)
    assert out.weight.shape == (V - 1, D)
    naive = torch.zeros(4, V, dtype=torch.float64)
    for b, w in itertools.product(range(4), range(V)):
        for node, bit in zip(tree.nodes[w], tree.code(w), strict=False):
            p = 1 / (1 + torch.exp(-(out.weight[node] @ h[b])))
            naive[b, w] += torch.log(p if bit == "0" else 1 - p)
    same(out.log_prob(h), naive)
    same(out.log_prob(h).exp().sum(1), torch.ones(4, dtype=torch.float64))
    words = torch.tensor([1, 8, 0, 3])
    expected = -naive[torch.arange(4), words].mean()
    same(out(h, words), expected)
    for a, b in zip(
        slopes(out(h, words), h, out.weight), slopes(expected, h, out.weight), strict=True
    ):
        same(a, b)


def test_negative_sampling_is_equation_4_and_its_slopes_by_hand():
    out, h = rough(NegativeSampling(COUNTS, D, 3)), normal(4, D, seed=4).requires_grad_()
    words, noise = (
        torch.tensor([1, 2, 2, 7]),
        torch.tensor([[1, 1, 3], [5, 2, 8], [4, 4, 4], [7, 1, 2]]),
    )
    naive = 0.0
    for b in range(4):
        naive = naive - torch.log(torch.sigmoid(out.weight[words[b]] @ h[b])) / 4
        for n in noise[b]:
            naive = naive - torch.log(torch.sigmoid(-(out.weight[n] @ h[b]))) / 4
    loss = out(h, words, noise)
    same(loss, naive)
    for a, b in zip(slopes(loss, h, out.weight), slopes(naive, h, out.weight), strict=True):
        same(a, b)
    scores = (out.weight[torch.cat([words[:, None], noise], 1)] * h[:, None]).sum(-1)
    labels = torch.zeros_like(scores)
    labels[:, 0] = 1
    theirs = torch.nn.functional.binary_cross_entropy_with_logits(scores, labels, reduction="sum")
    same(4 * loss, theirs)
    seen, drawn = out.weight[words].detach(), out.weight[noise].detach()
    leaves = h.detach().clone(), seen, drawn
    for leaf in leaves:
        leaf.requires_grad_()
    x, w, n = leaves
    total = -torch.log(torch.sigmoid((x * w).sum(-1))).sum()
    total = total - torch.log(torch.sigmoid(-(x[:, None] * n).sum(-1))).sum()
    for a, b in zip(negative_sampling_gradients(*leaves), slopes(total, *leaves), strict=True):
        same(a, b)


def test_noise_is_drawn_from_counts_to_the_three_quarters():
    out = NegativeSampling(COUNTS, D, 4, generator=gen())
    drawn = out.draw(20_000)
    assert drawn.shape == (20_000, 4)
    share = np.bincount(drawn.ravel().numpy(), minlength=V) / drawn.numel()
    want = np.array([c**0.75 for c in COUNTS]) / sum(c**0.75 for c in COUNTS)
    assert np.all(abs(share - want) <= 4 * np.sqrt(want * (1 - want) / drawn.numel()))
    torch.testing.assert_close(NegativeSampling(COUNTS, D, 4, generator=gen()).draw(20_000), drawn)
    h, words = normal(50, D).float(), torch.arange(50) % V
    assert out(h, words).item() == pytest.approx(5 * math.log(2))  # new vectors are zero


def test_levy_and_goldberg_the_best_scores_are_the_shifted_pmi():
    counts = torch.tensor([[4.0, 1, 2], [1, 3, 6]], dtype=torch.float64)
    for k, power in [(1, 1.0), (5, 0.75)]:
        best = torch.from_numpy(shifted_pmi(counts.numpy(), k, power)).requires_grad_()
        (slope,) = slopes(expected_negative_sampling(best, counts, k, power), best)
        same(slope, torch.zeros_like(slope))
        least = expected_negative_sampling(best, counts, k, power)
        for seed in range(5):
            other = best + 0.1 * normal(2, 3, seed=seed)
            assert expected_negative_sampling(other, counts, k, power) > least


def test_the_expected_loss_is_the_mean_over_draws():
    tokens = draw_corpus(400, rng=np.random.default_rng(0)) % 7 + 1
    centre, context = window_pairs(tokens, 2)
    counts = cooccurrence(centre, context, 8)
    model, out = rough(SkipGram(8, D)), rough(NegativeSampling(counts.sum(0), D, 50), seed=1)
    out.generator = gen(5)
    with torch.no_grad():
        drawn = out(model(torch.from_numpy(centre)), torch.from_numpy(context))
        exact = expected_negative_sampling(
            model.weight @ out.weight.T, torch.from_numpy(counts), 50
        )
    assert abs(drawn / exact - 1) < 0.01


@pytest.mark.parametrize("bags", [False, True])
@pytest.mark.parametrize("kind", ["softmax", "tree", "samples"])
def test_every_input_learns_with_every_output(bags, kind):
    tokens = np.tile([[1, 2, 1, 2], [3, 4, 3, 4]], (50, 1))
    rows = window_bags(tokens, 1)[::-1] if bags else window_pairs(tokens, 1)
    counts = np.bincount(tokens.ravel(), minlength=5)
    model = (CBOW if bags else SkipGram)(5, 4, generator=gen())
    out = {
        "softmax": lambda: FullSoftmax(5, 4),
        "tree": lambda: HierarchicalSoftmax(counts, 4),
        "samples": lambda: NegativeSampling(counts, 4, 5, generator=gen()),
    }[kind]()
    data = Batches(*map(torch.from_numpy, rows), size=50, generator=gen())
    losses = fit(lambda x, y: out(model(x), y), [model.weight, out.weight], data, steps=60, lr=0.1)
    assert losses[-1] < 0.5 * losses[0]
    if kind != "samples":  # 1 is seen beside 2 and never elsewhere
        x = torch.tensor([[1, 1]]) if bags else torch.tensor([1])
        assert out.log_prob(model(x)).argmax() == 2


def test_trained_vectors_complete_analogies_and_the_generator_decides():
    tokens = draw_corpus(3000, rng=np.random.default_rng(0))
    n = len(corpus_words())
    words, neighbours = skip_gram_vectors(tokens, n, steps=300, generator=gen())
    assert words.shape == neighbours.shape == (n, 32)
    questions = corpus_questions()
    chance = np.random.default_rng(0).normal(size=words.shape)
    for kind in ("gender", "number", "tense", "capital"):
        assert analogy_accuracy(words, questions[kind]) > 0.7  # 0.81 and more for ten seeds
        assert analogy_accuracy(chance, questions[kind]) < 0.1
    short = dict(steps=3, generator=gen(7))
    again = skip_gram_vectors(tokens, n, steps=3, generator=gen(7))
    np.testing.assert_array_equal(skip_gram_vectors(tokens, n, **short)[0], again[0])
    with pytest.raises(ValueError, match="largest token must be between 0 and 9"):
        skip_gram_vectors(tokens, 10, generator=gen())


def test_bad_input_is_refused():
    cases = [
        (lambda: SkipGram(1, 3), "n_words must be at least 2; got 1"),
        (lambda: CBOW(5, 0), "dim must be at least 1; got 0"),
        (lambda: SkipGram(5, 3)(torch.zeros(2, 2, dtype=int)), r"words must have shape \(B,\)"),
        (lambda: CBOW(5, 3)(torch.tensor([[0, 0]])), "must hold a word; got a row of zeros"),
        (lambda: FullSoftmax(5, 3).log_prob(torch.zeros(2, 4)), r"h must have shape \(B, 3\)"),
        (lambda: FullSoftmax(5, 3)(torch.zeros(2, 3), torch.zeros(1, dtype=int)), "words must"),
        (lambda: NegativeSampling(COUNTS, 3, 0), "k must be at least 1; got 0"),
        (lambda: window_pairs(TEXT, 0), "window must be at least 1; got 0"),
        (lambda: window_pairs(TEXT.astype(float), 1), "whole numbers from 0; got float64"),
        (lambda: window_pairs(-TEXT, 1), "whole numbers from 0"),
        (lambda: subsample(TEXT, [1, 2], 0.1, rng=None), "largest token must be .* got 7"),
        (lambda: keep_probability([1, 2], 0), "threshold must be positive; got 0"),
        (lambda: cooccurrence(np.array([9]), np.array([1]), 5), "largest token must be"),
        (lambda: pmi(np.zeros((2, 2))), "not all 0"),
        (lambda: shifted_pmi(np.ones((2, 2)), 0), "k must be positive; got 0"),
        (lambda: noise_distribution([-1, 2]), "at least 0"),
        (lambda: svd_vectors(np.full((2, 2), -np.inf), 1), "must be finite"),
        (lambda: svd_vectors(np.eye(2), 3), "dim must be between 1 and 2; got 3"),
        (lambda: nearest(np.eye(3), 3, 1), "word must be between 0 and 2; got 3"),
        (lambda: nearest(np.eye(3), 0, 3), "n must be between 1 and 2; got 3"),
        (lambda: complete_analogy(np.eye(4), [[0, 1, 2]], method="times"), "'add', 'mul'"),
        (lambda: complete_analogy(np.eye(4), [[0, 1, 4]]), "word must be .* got 4"),
        (lambda: analogy_accuracy(np.eye(4), [[0, 1, 2]]), r"shape \(M, 4\); got \(1, 3\)"),
        (lambda: direction(np.eye(3), [[0, 0]]), "mean difference of zero"),
    ]
    for call, message in cases:
        with pytest.raises(ValueError, match=message):
            call()


# -- Analogies ------------------------------------------------------------------------------------


def test_neighbours_and_analogies_are_those_of_loops_over_words():
    vectors = np.random.default_rng(0).normal(size=(30, 3))

    def cosine(x, y):
        return x @ y / np.sqrt((x @ x) * (y @ y))

    words, cosines = nearest(vectors, 4, 6)
    want = sorted((-cosine(vectors[4], v), i) for i, v in enumerate(vectors) if i != 4)[:6]
    assert words.tolist() == [i for _, i in want]
    np.testing.assert_allclose(cosines, [-c for c, _ in want])

    questions = np.random.default_rng(1).integers(30, size=(40, 4))
    for method, exclude in itertools.product(("add", "mul"), (True, False)):
        answers = []
        for a, b, c, _ in questions:
            scores = {}
            for d in range(30):
                ca, cb, cc = (cosine(vectors[d], vectors[w]) for w in (a, b, c))
                scores[d] = (
                    cb - ca + cc
                    if method == "add"
                    else (1 + cb) / 2 * (1 + cc) / 2 / ((1 + ca) / 2 + 0.001)
                )
            left = [d for d in scores if not (exclude and d in (a, b, c))]
            answers.append(max(left, key=scores.get))
        got = complete_analogy(vectors, questions, method=method, exclude=exclude)
        assert got.tolist() == answers
        accuracy = analogy_accuracy(vectors, questions, method=method, exclude=exclude)
        assert math.isclose(accuracy, np.mean(answers == questions[:, 3]))


def test_exact_parallelograms_are_completed_and_give_their_direction():
    base, step = np.random.default_rng(0).normal(size=(6, 8)), np.eye(8)[2] * 3
    vectors = np.concatenate([base, base + step])
    pairs = np.array([[i, i + 6] for i in range(6)])
    np.testing.assert_allclose(direction(vectors, pairs), np.eye(8)[2], atol=1e-12)
    np.testing.assert_allclose(direction(vectors, pairs[:, ::-1]), -np.eye(8)[2], atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(unit_rows(vectors), axis=1), 1)
    assert unit_rows(np.zeros((2, 3))).tolist() == [[0] * 3] * 2


def test_in_the_logarithms_of_a_large_corpus_analogies_hold():
    tokens = draw_corpus(60_000, rng=np.random.default_rng(0))
    counts = cooccurrence(*window_pairs(tokens, 5), len(corpus_words()))
    table = pmi(counts)

    def misfit(analogy):
        """Mean square of b - a + c - d in standard errors, where the counts allow a logarithm."""
        rows = corpus_ids(analogy)
        often = counts[rows].min(axis=0) >= 5
        a, b, c, d = table[rows][:, often]
        var = (1 / counts[rows][:, often]).sum(axis=0)  # of the logarithm of a count: 1 / count
        assert often.sum() > 10
        return np.mean((b - a + c - d) ** 2 / var)

    assert 0.3 < misfit("man woman king queen") < 2 > misfit("men kings women queens") > 0.3
    assert misfit("man woman queen king") > 10 < misfit("man king woman women")
    vectors = svd_vectors(np.maximum(table, 0), 128)[0]
    for questions in corpus_questions().values():
        assert analogy_accuracy(vectors, questions) > 0.95
