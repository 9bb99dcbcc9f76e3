"""Oracles: Python's own reversed and sorted; a translator of strings, written from the rules."""

import numpy as np
import pytest

from udlbook.data import (
    BOS,
    EOS,
    FIRST,
    PAD,
    draw_sentences,
    in_english,
    language_pairs,
    language_vocabulary,
    string_task,
    words,
)


@pytest.mark.parametrize(
    "task, by_python",
    [("copy", list), ("reverse", lambda a: list(reversed(a))), ("sort", sorted)],
)
def test_strings_become_what_python_makes_of_them(task, by_python):
    source, target = string_task(task, 300, (2, 7), 5, rng=np.random.default_rng(0))
    assert source.shape == (300, 7) and target.shape == (300, 8)
    for s, t in zip(source.tolist(), target.tolist(), strict=True):
        n = 7 - s.count(PAD)
        assert t == [*by_python(s[:n]), EOS] + [PAD] * (7 - n)
        assert s[n:] == [PAD] * (7 - n) and all(FIRST <= a < FIRST + 5 for a in s[:n])
    lengths = (source != PAD).sum(axis=1)
    counts = np.bincount(lengths, minlength=8)[2:]
    assert counts.min() > 25 and counts.sum() == 300  # 50 expected of each, deviation 6.5
    assert set(np.unique(source)) == {PAD, *range(FIRST, FIRST + 5)}


STEMS = {
    "dog": "pel o", "cat": "mir a", "bird": "tiv a", "horse": "kand o", "child": "nel o",
    "teacher": "sav a", "house": "dom a", "tree": "arv o", "river": "flum a", "bridge": "pont o",
}  # fmt: skip
QUALITIES = {"red": "ruf", "small": "pik", "old": "vet", "white": "blan", "slow": "tard"}
ACTIONS = {"see": "vid", "find": "trov", "like": "am", "follow": "sek", "hear": "odi"}
WHEN = {"today": "oge", "always": "sempe", "again": "ree", "often": "ofte"}
PAST = {"saw": "see", "found": "find"}
PASTS = {*PAST, "liked", "followed", "heard"}
PRESENT = {*ACTIONS, *(a + "s" for a in ACTIONS), *PASTS}


def noun_phrase(phrase, role=""):
    """'the red dogs' -> 'loi peloi rufoi', and whether it is plural."""
    article, *quality, noun = phrase
    one = {"children": "child"}.get(noun, noun.removesuffix("s"))
    many = one != noun
    stem, vowel = STEMS[one].split()
    end = vowel + "i" * many + role
    said = [{"the": "l"}.get(article, "un") + end, stem + end]
    return said + [QUALITIES[q] + end for q in quality], many


def translate(sentence):
    """English to Lunic, word by word from the left."""
    rest = sentence.split()
    time = [WHEN[rest.pop()]] if rest[-1] in WHEN else []
    place = next(i for i, w in enumerate(rest) if w in PRESENT)
    subject, verb, thing = rest[:place], rest[place], rest[place + 1 :]
    negative = subject[-1] == "not"
    if negative:
        *subject, helper, _ = subject
        past = helper == "did"
    else:
        past = verb in PASTS
    beside = []
    if "near" in subject:
        cut = subject.index("near")
        beside = [*noun_phrase(subject[cut + 1 :])[0], "apu"]
        subject = subject[:cut]
    who, many = noun_phrase(subject)
    verb = PAST.get(verb, verb)
    forms = ("", "s", "d", "ed")
    stem = next(s for a, s in ACTIONS.items() if verb in [a + f for f in forms])
    said = stem + ("ira" if past else "e") + "n" * many
    return " ".join([*time, *beside, *who, *noun_phrase(thing, "n")[0], *["ne"] * negative, said])


def test_translation_follows_the_rules():
    source, target = language_pairs(400, rng=np.random.default_rng(0))
    assert source.shape == target.shape == (400, 14)
    for s, t in zip(source, target, strict=True):
        assert words(t) == translate(words(s))
    assert all((row == EOS).sum() == 1 for row in target)
    assert (source[:, -1] != PAD).any()  # the longest sentence fills all places


def test_no_gap_stands_inside_a_sentence():
    for tokens in language_pairs(200, rng=np.random.default_rng(1)):
        assert not ((tokens[:, :-1] == PAD) & (tokens[:, 1:] != PAD)).any()


def test_english_agrees_and_negates_as_english_does():
    texts = [words(s) for s in in_english(draw_sentences(2000, rng=np.random.default_rng(2)))]
    assert any(" does not " in t for t in texts) and any(" did not " in t for t in texts)
    for text in texts:
        said = text.split()
        for i, word in enumerate(said):
            if word in ("a", "some"):
                noun = said[i + 2] if said[i + 1] in QUALITIES else said[i + 1]
                assert (noun in STEMS) == (word == "a")
        if " near " not in text and " not " not in text:
            who, verb = next((said[i - 1], w) for i, w in enumerate(said) if w in PRESENT)
            assert (who in STEMS) == verb.endswith("s") or verb in PASTS


def test_share_of_sentences_with_two_nouns_before_the_verb():
    few = draw_sentences(4000, near=0.1, rng=np.random.default_rng(0)).near.mean()
    assert abs(few - 0.1) < 5 * np.sqrt(0.1 * 0.9 / 4000)
    source, _ = language_pairs(50, near=1.0, rng=np.random.default_rng(0))
    assert all("near" in words(s) for s in source)


def test_every_word_is_used_and_none_is_special():
    vocabulary = language_vocabulary()
    pairs = language_pairs(20_000, rng=np.random.default_rng(3))
    used = {int(i) for tokens in pairs for i in np.unique(tokens)}
    assert used == set(range(len(vocabulary))) - {BOS}
    assert words([BOS, FIRST, EOS, FIRST]) == vocabulary[FIRST]


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda rng: string_task("double", 1, (1, 2), 3, rng=rng),
            "task must be one of 'copy', 'reverse', 'sort'; got 'double'",
        ),
        (
            lambda rng: string_task("copy", 1, (3, 2), 3, rng=rng),
            "shortest length must be between 1 and 2; got 3",
        ),
        (lambda rng: string_task("copy", 1, (1, 2), 0, rng=rng), "symbols must be at least 1"),
        (lambda rng: draw_sentences(1, near=2, rng=rng), "near must be between 0 and 1; got 2"),
        (lambda rng: draw_sentences(-1, rng=rng), "n must be at least 0; got -1"),
        (lambda rng: words([999]), "a token must be between 0 and 176; got 999"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
