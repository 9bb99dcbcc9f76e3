"""A made language, and its exact translation from a small English.

The English half is subject, verb, object. The other half, called Lunic here, differs in all that
makes translation more than a dictionary:

* **Order.** Time comes first, then subject, object, verb. Adjectives follow their noun; "near the
  house" stands before what it describes, and ends with "apu".
* **Agreement.** Nouns have one of two genders, -o or -a, a plural in -i, and as an object an -n.
  Article and adjective take the ending of their noun: "lon pelon rufon", the red dog, as object.
* **Verbs** end in -e in the present and -ira in the past, with an -n if the subject is plural.
  The subject may be far away, with another noun beside the verb.
* **Negation** is one word before the verb, "ne", where English needs two and another form.

Every sentence has exactly one translation, so a model's can be judged word by word.
"""

from typing import NamedTuple

import numpy as np

from .._check import check_range
from .strings import BOS, EOS, FIRST, PAD

# English singular, plural; stem; gender
_NOUNS = (
    ("dog", "dogs", "pel", "o"),
    ("cat", "cats", "mir", "a"),
    ("bird", "birds", "tiv", "a"),
    ("horse", "horses", "kand", "o"),
    ("child", "children", "nel", "o"),
    ("teacher", "teachers", "sav", "a"),
    ("house", "houses", "dom", "a"),
    ("tree", "trees", "arv", "o"),
    ("river", "rivers", "flum", "a"),
    ("bridge", "bridges", "pont", "o"),
)
_ADJECTIVES = (
    ("red", "ruf"),
    ("small", "pik"),
    ("old", "vet"),
    ("white", "blan"),
    ("slow", "tard"),
)
# English plural or infinitive, singular, past; stem
_VERBS = (
    ("see", "sees", "saw", "vid"),
    ("find", "finds", "found", "trov"),
    ("like", "likes", "liked", "am"),
    ("follow", "follows", "followed", "sek"),
    ("hear", "hears", "heard", "odi"),
)
_TIMES = (("today", "oge"), ("always", "sempe"), ("again", "ree"), ("often", "ofte"))
_ENDINGS = ("o", "a", "oi", "ai", "on", "an", "oin", "ain")  # by gender + 2 plural + 4 object
_SPECIAL = ("<pad>", "<bos>", "<eos>")


class Sentences(NamedTuple):
    """What is said, as numbers; a field is (n,) or, for the three nouns, (n, 3).

    The nouns are the subject, the one that the subject is near, and the object.
    """

    noun: np.ndarray  # which
    plural: np.ndarray  # 0 or 1
    definite: np.ndarray  # 0 or 1
    adjective: np.ndarray  # 0 is none
    near: np.ndarray  # whether the second noun is said
    verb: np.ndarray
    past: np.ndarray
    negative: np.ndarray
    time: np.ndarray  # 0 is none


def language_vocabulary() -> tuple[str, ...]:
    """All words of both languages; a word's place is its token.

    >>> len(language_vocabulary()), language_vocabulary()[:4]
    (177, ('<pad>', '<bos>', '<eos>', 'the'))
    """
    return tuple(_WORDS)


def draw_sentences(n: int, *, near: float = 0.4, rng: np.random.Generator) -> Sentences:
    """Random sentences; about 1.4 billion are possible.

    Args:
        n: How many.
        near: Share of sentences whose subject is near something.
        rng: Draws them.

    Raises:
        ValueError: If ``n`` is negative or ``near`` is not in [0, 1].
    """
    check_range("n", n, 0)
    check_range("near", near, 0, 1)
    some = rng.random((n, 3)) < 0.5
    return Sentences(
        noun=rng.integers(len(_NOUNS), size=(n, 3)),
        plural=rng.integers(2, size=(n, 3)),
        definite=rng.integers(2, size=(n, 3)),
        adjective=np.where(some, rng.integers(1, len(_ADJECTIVES) + 1, size=(n, 3)), 0),
        near=rng.random(n) < near,
        verb=rng.integers(len(_VERBS), size=n),
        past=rng.integers(2, size=n),
        negative=(rng.random(n) < 0.3).astype(int),
        time=rng.integers(len(_TIMES) + 1, size=n),
    )


def in_english(s: Sentences) -> np.ndarray:
    """Sentences as English tokens. Shapes: returns (n, 14), filled up with PAD."""
    nouns = np.array([[_ID[one], _ID[many]] for one, many, _, _ in _NOUNS])
    adjectives = np.array([PAD] + [_ID[word] for word, _ in _ADJECTIVES])
    determiners = np.array([[_ID["a"], _ID["some"]], [_ID["the"], _ID["the"]]])
    # (n, 3 nouns, 3 words)
    phrase = np.stack(
        [determiners[s.definite, s.plural], adjectives[s.adjective], nouns[s.noun, s.plural]],
        axis=-1,
    )
    verbs = np.array([[_ID[w] for w in forms[:3]] for forms in _VERBS])
    form = np.where(s.negative, 0, np.where(s.past, 2, 1 - s.plural[:, 0]))
    helpers = np.array([_ID["does"], _ID["do"], _ID["did"]])
    helper = helpers[np.where(s.past, 2, s.plural[:, 0])]
    times = np.array([PAD] + [_ID[word] for word, _ in _TIMES])
    near = s.near[:, None]
    columns = [
        phrase[:, 0],
        np.where(near, _ID["near"], PAD),
        np.where(near, phrase[:, 1], PAD),
        np.where(s.negative, helper, PAD)[:, None],
        np.where(s.negative, _ID["not"], PAD)[:, None],
        verbs[s.verb, form][:, None],
        phrase[:, 2],
        times[s.time][:, None],
    ]
    return _to_the_left(np.concatenate(columns, axis=1))


def in_lunic(s: Sentences) -> np.ndarray:
    """Sentences as Lunic tokens. Shapes: returns (n, 14), EOS included, filled up with PAD."""
    gender = np.array([g == "a" for *_, g in _NOUNS], dtype=int)[s.noun]
    ending = gender + 2 * s.plural + 4 * np.array([0, 0, 1])  # (n, 3): only the last is an object
    articles = np.array([[_ID[stem + e] for e in _ENDINGS] for stem in ("un", "l")])
    nouns = np.array([[_ID.get(stem + e, PAD) for e in _ENDINGS] for _, _, stem, _ in _NOUNS])
    adjectives = np.array(
        [[PAD] * len(_ENDINGS)] + [[_ID[stem + e] for e in _ENDINGS] for _, stem in _ADJECTIVES]
    )
    phrase = np.stack(
        [
            articles[s.definite, ending],
            nouns[s.noun, ending],
            adjectives[s.adjective, ending],
        ],
        axis=-1,
    )
    verbs = np.array([[_ID[stem + e] for e in _VERB_ENDINGS] for *_, stem in _VERBS])
    times = np.array([PAD] + [_ID[word] for _, word in _TIMES])
    near = s.near[:, None]
    columns = [
        times[s.time][:, None],
        np.where(near, phrase[:, 1], PAD),
        np.where(near, _ID["apu"], PAD),
        phrase[:, 0],
        phrase[:, 2],
        np.where(s.negative, _ID["ne"], PAD)[:, None],
        verbs[s.verb, s.plural[:, 0] + 2 * s.past][:, None],
        np.full((len(s.verb), 1), EOS),
    ]
    return _to_the_left(np.concatenate(columns, axis=1))


def language_pairs(
    n: int, *, near: float = 0.4, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Random sentences in English, and their translations into Lunic.

    Args:
        n: How many.
        near: Share of sentences whose subject is near something.
        rng: Draws them.

    Shapes:
        Returns source (n, 14) and target (n, 14), token ids. The target ends with EOS; both are
        filled up with PAD.
    """
    sentences = draw_sentences(n, near=near, rng=rng)
    return in_english(sentences), in_lunic(sentences)


def words(tokens: np.ndarray) -> str:
    """A sentence as text, up to EOS.

    Shapes:
        tokens (L,).

    Raises:
        ValueError: If a number is no token.

    >>> source, target = language_pairs(1, rng=np.random.default_rng(1))
    >>> words(source[0])
    'a river near the bridges heard a old bird often'
    >>> words(target[0])
    'ofte loi pontoi apu una fluma unan tivan vetan odiira'
    """
    said = []
    for token in np.asarray(tokens).tolist():
        if not 0 <= token < len(_WORDS):
            raise ValueError(f"a token must be between 0 and {len(_WORDS) - 1}; got {token}")
        if token == EOS:
            break
        if token not in (PAD, BOS):
            said.append(_WORDS[token])
    return " ".join(said)


def _to_the_left(tokens: np.ndarray) -> np.ndarray:
    """Move the gaps behind the words."""
    order = np.argsort(tokens == PAD, axis=1, kind="stable")
    return np.take_along_axis(tokens, order, axis=1)


_VERB_ENDINGS = ("e", "en", "ira", "iran")  # by plural + 2 past
_WORDS = [
    *_SPECIAL,
    *("the", "a", "some", "near", "does", "do", "did", "not"),
    *(form for *forms, _, _ in _NOUNS for form in forms),
    *(word for word, _ in _ADJECTIVES),
    *(form for *forms, _ in _VERBS for form in forms),
    *(word for word, _ in _TIMES),
    *("apu", "ne"),
    *(stem + e for stem in ("l", "un") for e in _ENDINGS),
    *(stem + e for *_, stem, g in _NOUNS for e in _ENDINGS if e.startswith(g)),
    *(stem + e for _, stem in _ADJECTIVES for e in _ENDINGS),
    *(stem + e for *_, stem in _VERBS for e in _VERB_ENDINGS),
    *(word for _, word in _TIMES),
]
_ID = {word: token for token, word in enumerate(_WORDS)}
assert len(_ID) == len(_WORDS) and FIRST == len(_SPECIAL)
