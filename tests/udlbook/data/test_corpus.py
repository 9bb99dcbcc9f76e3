"""Oracles: a reader of sentences, written from the stated rules; shares with error bars."""

import numpy as np
import pytest

from udlbook.data.corpus import JOBS, corpus_ids, corpus_questions, corpus_words, draw_corpus

PLURAL = {"many", "several", "two", "together", "jointly", "equally"}
PAST = {"yesterday", "formerly", "once", "earlier", "before", "then"}
CAPITALS = "paris tokyo rome ankara athens lima oslo delhi moscow cairo warsaw bangkok".split()
CAPITAL = {"mayor", "metro", "suburb"}


def sentences(n, seed=0, **options):
    tokens = draw_corpus(n, rng=np.random.default_rng(seed), **options)
    return [[corpus_words()[t] for t in row] for row in tokens.tolist()]


def test_without_slips_every_place_follows_its_feature():
    things = {}
    for s in sentences(4000, slip=0.0):
        if s[2] == "of":
            assert s[0] == "the" and (s[1] in CAPITAL) == (
                s[3]
                in "paris tokyo rome ankara athens lima oslo delhi moscow cairo warsaw bangkok"
            )
            things.setdefault(s[5], set()).add(s[3])
        elif s[3] == "the":
            things.setdefault(s[4], set()).add(s[2])
            assert (s[0] in PAST) == (s[5] in PAST) == (not s[2].endswith("s"))
        else:
            assert (s[0] in PLURAL) == (s[2] in PLURAL)
            plural = s[1] in ("men", "women", "wolves", "fishes") or (
                s[1].endswith("s") and s[1][-2:] != "ss"
            )
            assert plural == (s[0] in PLURAL)
            if s[4] != "the" and s[1] not in JOBS:
                woman = "woman women queen girl mother aunt sister nun witch".split()
                feminine = any(s[1].startswith(w) for w in woman) or "ess" in s[1]
                assert s[4] == ("her" if feminine else "his")
            things.setdefault(s[5], set()).add(s[1])
    assert things["crown"] == {"king", "queen", "kings", "queens"}
    assert things["sushi"] == {"japan", "tokyo"}
    assert things["soup"] == {"eats", "ate"}
    assert things["saw"] == {"carpenter"} and things["view"] == {"sees", "saw"}
    assert things["grain"] == {"turkey", "turkeys"} and things["lira"] == {"turkey", "ankara"}
    assert max(map(len, things.values())) == 4


def test_words_are_single_and_all_are_used():
    words = corpus_words()
    assert len(set(words)) == len(words) and words[0] == "<pad>"
    tokens = draw_corpus(20_000, rng=np.random.default_rng(0))
    counts = np.bincount(tokens.ravel(), minlength=len(words))
    assert counts[0] == 0 and counts[1:].min() > 10
    np.testing.assert_array_equal(corpus_ids(words), np.arange(len(words)))
    np.testing.assert_array_equal(corpus_ids("queen of"), corpus_ids(["queen", "of"]))


def test_slips_and_planted_shares_have_their_frequency():
    his = np.linspace(0.9, 0.1, len(JOBS))
    said = sentences(40_000, seed=1, his=his)
    kings = [s for s in said if s[1] == "king"]
    wrong = np.mean([s[4] == "her" for s in kings])  # half of the slips draw "his" again
    assert abs(wrong - 0.05) < 4 * np.sqrt(0.05 * 0.95 / len(kings))
    for job, share in zip(JOBS, his, strict=True):
        found = [s[4] == "his" for s in said if s[1] == job]
        assert abs(np.mean(found) - share) < 4 * np.sqrt(share * (1 - share) / len(found))
    kinds = [np.mean([s[2] == "of" for s in said]), np.mean([s[1] in JOBS for s in said])]
    np.testing.assert_allclose(kinds, [0.2, 0.1], atol=0.01)
    counts = [
        sum(s[1] in group for s in said) for group in (["man", "men"], ["wizard", "wizards"])
    ]
    assert 3.5 < counts[0] / counts[1] < 6.5  # 14 / 3 expected


def test_questions_are_right_and_complete():
    words, found = corpus_words(), corpus_questions()
    text = {k: {" ".join(words[t] for t in row) for row in q.tolist()} for k, q in found.items()}
    assert "king queen uncle aunt" in text["gender"]
    assert "kings queens uncles aunts" in text["gender"]
    assert "dog dogs queen queens" in text["number"]
    assert "sings sang eats ate" in text["tense"] and "peru lima egypt cairo" in text["capital"]
    assert "turkey turkeys dog dogs" in text["ambiguous"]
    assert "peru lima turkey ankara" in text["ambiguous"]
    assert "sees saw eats ate" in text["ambiguous"]
    sizes = {k: len(q) for k, q in found.items()}
    assert sizes["gender"] == 2 * 12 * 11 and sizes["tense"] == 11 * 10 == sizes["capital"]
    assert sizes["number"] == 33 * 32 and sizes["ambiguous"] == 66 + 22 + 22
    unclear = set(corpus_ids("turkey saw").tolist())
    for kind, rows in found.items():
        assert len({tuple(row) for row in rows.tolist()}) == len(rows)
        for row in rows.tolist():
            assert len(set(row)) == 4
            assert bool(unclear & set(row)) == (kind == "ambiguous")


def test_bad_input_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="n must be at least 0; got -1"):
        draw_corpus(-1, rng=rng)
    with pytest.raises(ValueError, match="slip must be between 0 and 1; got 2"):
        draw_corpus(1, slip=2, rng=rng)
    with pytest.raises(ValueError, match=r"his must have shape \(9,\); got \(2,\)"):
        draw_corpus(1, his=[0.5, 0.5], rng=rng)
    with pytest.raises(ValueError, match=r"his must be between 0 and 1; got 1\.5"):
        draw_corpus(1, his=[1.5] * 9, rng=rng)
    with pytest.raises(ValueError, match="one of the corpus; got 'robot'"):
        corpus_ids("the robot")
    assert draw_corpus(0, rng=rng).shape == (0, 6)
