"""Oracles: every sentence of a finite grammar listed; sample means; series of a geometric one."""

import math

import numpy as np
import pytest

from udlbook.data import Grammar, small_talk

# "b" has several derivations. Nothing is infinite.
FINITE = {
    "S": [(0.2, ["A", "B"]), (0.3, ["B", "B", "!"]), (0.5, ["x"])],
    "A": [(0.25, ["a"]), (0.75, [""])],
    "B": [(0.5, ["b", "A"]), (0.3, ["cc"]), (0.2, ["b"])],
}


def derivations(rules, parts):
    """Text and probability of every way to rewrite some parts."""
    if not parts:
        yield "", 1.0
        return
    head, rest = parts[0], parts[1:]
    if head in rules:
        heads = [(t, p * q) for p, r in rules[head] for t, q in derivations(rules, r)]
    else:
        heads = [(head, 1.0)]
    for t, p in heads:
        for u, q in derivations(rules, rest):
            yield t + u, p * q


def test_entropy_length_and_probabilities_are_those_of_the_list_of_all_sentences():
    grammar = Grammar(FINITE)
    every = list(derivations(FINITE, ["S"]))
    assert math.isclose(sum(p for _, p in every), 1)
    assert math.isclose(grammar.entropy(), -sum(p * math.log(p) for _, p in every))
    assert math.isclose(grammar.mean_length(), sum(p * len(t) for t, p in every))
    texts = {}
    for text, p in every:
        texts[text] = texts.get(text, 0) + p
    assert len(texts) < len(every)  # some text has two derivations, and log_prob adds them
    for text, p in texts.items():
        assert math.isclose(grammar.log_prob(text), math.log(p))
    for text in ["", "xx", "ab!", "bb", "cc"]:
        want = math.log(texts[text]) if text in texts else float("-inf")
        assert grammar.log_prob(text) == pytest.approx(want)


def test_a_geometric_grammar_has_the_entropy_of_its_series():
    p = 0.3
    grammar = Grammar({"S": [(1 - p, ["."]), (p, ["ha", "S"])]})
    n = np.arange(400)
    prob = (1 - p) * p**n
    assert math.isclose(grammar.entropy(), -(prob * np.log(prob))[prob > 0].sum())
    assert math.isclose(grammar.mean_length(), (prob * (2 * n + 1)).sum())


def test_samples_have_the_mean_and_the_probabilities_of_the_grammar():
    grammar, n = small_talk(), 3000
    sentences, log_p = grammar.sample(n, rng=np.random.default_rng(0))
    error = log_p.std() / math.sqrt(n)
    assert abs(-log_p.mean() - grammar.entropy()) < 4 * error < 0.3
    lengths = np.array([len(s) for s in sentences])
    assert abs(lengths.mean() - grammar.mean_length()) < 4 * lengths.std() / math.sqrt(n)
    for sentence, log in zip(sentences[:150], log_p[:150], strict=True):  # one derivation each
        assert grammar.log_prob(sentence) == pytest.approx(log, abs=1e-9)
    again, _ = grammar.sample(50, rng=np.random.default_rng(0))
    assert again == sentences[:50]


def test_small_talk_knows_agreement_names_and_pronouns():
    grammar = small_talk()
    good = [
        "the old cat near the dogs near the cow sleeps.\n",
        "tom gave anna the red book and anna thanked tom.\n",
        "zoe says that the lamp is hers.\n",
    ]
    bad = [
        "the old cat near the dogs near the cow sleep.\n",
        "tom gave anna the red book and tom thanked anna.\n",
        "zoe says that the lamp is his.\n",
        "tom gave tom the map and tom thanked tom.\n",
        "the cat sleeps",
        "",
    ]
    assert all(grammar.log_prob(s) > -20 for s in good)
    assert all(grammar.log_prob(s) == float("-inf") for s in bad)
    by_hand = math.log(1 / 3 * 1 / 2 * 1 / 3 * 0.6 * 1 / 5)
    assert grammar.log_prob(good[2]) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"S": [(0.5, ["a"])]}, "sum 1"),
        ({"S": [(1.5, ["a"]), (-0.5, ["b"])]}, "sum 1"),
        ({"S": []}, "sum 1"),
        ({"A": [(1.0, ["a"])]}, "start must be"),
        ({"S": [(0.5, ["S", "a"]), (0.5, ["b"])]}, "begin with itself"),
        ({"S": [(0.5, ["", "A", "a"]), (0.5, ["b"])], "A": [(1.0, ["S"])]}, "begin with itself"),
        ({"S": [(0.5, ["a", "S", "S"]), (0.5, ["b"])]}, "must end"),
    ],
)
def test_bad_rules_are_named(rules, message):
    with pytest.raises(ValueError, match=message):
        Grammar(rules)


def test_a_negative_number_of_sentences_is_refused():
    with pytest.raises(ValueError, match="n must be at least 0; got -1"):
        small_talk().sample(-1, rng=np.random.default_rng(0))
