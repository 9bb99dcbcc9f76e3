"""Oracles: byte-pair encoding that recounts the whole text at every merge; Python's UTF-8."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udlbook.data import small_talk
from udlbook.transformers import BPE, split_words

TALK = "".join(small_talk().sample(60, rng=np.random.default_rng(0))[0])
TRAINED = BPE.train(TALK + " naïve café größer ∑ 🙂🙂 日本語 日本", 80)


def glue(word, pair):
    """Replace a pair by its concatenation; a piece just made takes no part in the next pair."""
    out, free = [], False
    for piece in word:
        if free and (out[-1], piece) == pair:
            out[-1], free = out[-1] + piece, False
        else:
            out, free = [*out, piece], True
    return out


def naive(text, n_merges):
    """Merges as pairs of byte strings, counted afresh each time; ties by order of numbers."""
    words = [[bytes([b]) for b in w.encode()] for w in split_words(text)]
    number = {bytes([b]): b for b in range(256)}
    numbers = dict(number)
    merges = []
    for i in range(n_merges):
        counts = {}
        for word in words:
            for pair in pairwise(word):
                counts[pair] = counts.get(pair, 0) + 1
        top = max(counts.values(), default=0)
        if top < 2:
            break
        best = min((numbers[a], numbers[b], a, b) for (a, b), c in counts.items() if c == top)
        pair = best[2:]
        merges.append(best[:2])
        if pair[0] + pair[1] in numbers:  # two ways to one string: this oracle cannot tell them
            return None
        numbers[pair[0] + pair[1]] = 256 + i
        words = [glue(w, pair) for w in words]
    return merges, [numbers[p] for w in words for p in w]


@pytest.mark.parametrize("text", [TALK, "aaaa aaa aa abab ababab", "a", "", "日本 日本語 🙂🙂 🙂"])
def test_merges_and_tokens_are_those_of_counting_everything_again(text):
    bpe = BPE.train(text, 60)
    merges, tokens = naive(text, 60)
    assert bpe.merges == merges
    assert bpe.encode(text) == tokens


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet="ab c", max_size=40), st.integers(0, 8))
def test_small_texts_too(text, n):
    want = naive(text, n)
    if want is not None:
        bpe = BPE.train(text, n)
        assert (bpe.merges, bpe.encode(text)) == want


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=30))
def test_any_text_comes_back(text):
    assert "".join(split_words(text)) == text
    tokens = TRAINED.encode(text)
    assert TRAINED.decode(tokens) == text
    assert b"".join(TRAINED.tokens[t] for t in tokens) == text.encode()
    assert "".join(split_words(text)) == text


def test_words_of_the_training_text_become_few_tokens():
    assert len(TRAINED.encode(TALK)) < len(TALK.encode()) / 2.5
    assert TRAINED.pieces(" near the") == [" near", " the"]
    assert len(BPE.train(TALK, 0)) == 256
    assert BPE.train(TALK, 0).encode("é") == list("é".encode())
    assert BPE.train("ab", 10).merges == []  # nothing occurs twice


def test_a_merge_never_crosses_two_words():
    assert all(len(split_words(t.decode())) == 1 for t in BPE.train(TALK, 200).tokens[256:])


def test_half_a_character_is_shown_as_such():
    assert TRAINED.decode(list("é".encode())[:1]) == "�"


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="must join tokens below 256; got"):
        BPE([(256, 1)])
    with pytest.raises(ValueError, match="merges must differ; got 1 twice"):
        BPE([(97, 98), (97, 98)])
    with pytest.raises(ValueError, match="n_merges must be at least 0; got -1"):
        BPE.train("a", -1)
    with pytest.raises(ValueError, match="between 0 and 256; got 257"):
        BPE([(97, 98)]).decode([257])
    with pytest.raises(ValueError, match="surrogates"):
        TRAINED.encode("\ud800")
