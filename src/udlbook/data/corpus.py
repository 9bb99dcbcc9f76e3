"""A made corpus whose words have known features, so that analogies have known answers.

Every sentence has six words. Five kinds of sentences are drawn, each around one word whose
features decide what stands beside it, one feature a place:

* **people**: "many queens jointly praised her crown". The role decides on the last word, the
  gender on "his" or "her", the number on the first and the third word.
* **animals**: "this dog alone found the bone". Kind and number.
* **deeds**: "yesterday everybody sang the song earlier". Kind of deed, and tense.
* **places**: "the mayor of paris praises baguettes". Nation, and whether country or capital.
* **jobs**: "this pilot alone sold her plane". Job; "his" or "her" with a probability that the
  caller plants.

Now and then a place slips: it is filled as if its feature had another value. The other words
("the", verbs of people) say nothing. Because each place depends on one feature alone, the
logarithm of the probability of a neighbour is a sum over features, and differences such as queen
minus king are equal for all roles: analogies hold in the logarithms of the counts, by design.

Two words mean two things: "turkey" is a country and an animal; "saw" is the past of "sees", and
what a carpenter holds.
"""

from collections.abc import Sequence

import numpy as np

from .._check import check_range, check_shape

# man, woman, men, women; three things of the role
_PEOPLE = (
    ("man", "woman", "men", "women", "coat garden letter"),
    ("king", "queen", "kings", "queens", "crown throne palace"),
    ("boy", "girl", "boys", "girls", "toy swing kite"),
    ("father", "mother", "fathers", "mothers", "cradle household family"),
    ("prince", "princess", "princes", "princesses", "pony tutor ball"),
    ("uncle", "aunt", "uncles", "aunts", "nephew visit present"),
    ("actor", "actress", "actors", "actresses", "stage costume script"),
    ("brother", "sister", "brothers", "sisters", "sibling quarrel secret"),
    ("waiter", "waitress", "waiters", "waitresses", "tray tip menu"),
    ("monk", "nun", "monks", "nuns", "prayer cloister candle"),
    ("host", "hostess", "hosts", "hostesses", "guest banquet doorbell"),
    ("wizard", "witch", "wizards", "witches", "spell cauldron wand"),
)
_ANIMALS = (
    ("dog", "dogs", "bone kennel leash"),
    ("cat", "cats", "milk cushion yarn"),
    ("horse", "horses", "hay stable meadow"),
    ("bird", "birds", "nest worm feather"),
    ("turkey", "turkeys", "grain farmyard fence"),
    ("cow", "cows", "pasture barn calf"),
    ("wolf", "wolves", "forest den moon"),
    ("bee", "bees", "honey blossom hive"),
    ("fish", "fishes", "pond bait reed"),
    ("camel", "camels", "desert oasis dune"),
)
# present, past; three things that it is done to
_DEEDS = (
    ("sees", "saw", "view sign comet"),
    ("sings", "sang", "song anthem refrain"),
    ("eats", "ate", "soup bread apple"),
    ("writes", "wrote", "novel essay diary"),
    ("builds", "built", "bridge tower wall"),
    ("drinks", "drank", "tea lemonade juice"),
    ("drives", "drove", "truck taxi bus"),
    ("wins", "won", "race medal match"),
    ("teaches", "taught", "lesson pupil grammar"),
    ("breaks", "broke", "vase window record"),
    ("pays", "paid", "bill rent debt"),
    ("grows", "grew", "tomato wheat tulip"),
)
# country, capital; three words of the nation
_PLACES = (
    ("france", "paris", "french baguettes francs"),
    ("japan", "tokyo", "japanese sushi yen"),
    ("italy", "rome", "italian pasta lire"),
    ("turkey", "ankara", "turkish baklava lira"),
    ("greece", "athens", "greek olives drachmas"),
    ("peru", "lima", "peruvian quinoa soles"),
    ("norway", "oslo", "norwegian salmon kroner"),
    ("india", "delhi", "hindi curry rupees"),
    ("russia", "moscow", "russian borscht rubles"),
    ("egypt", "cairo", "arabic falafel piastres"),
    ("poland", "warsaw", "polish pierogi zlotys"),
    ("thailand", "bangkok", "thai noodles baht"),
)
_JOBS = (
    ("baker", "oven dough flour"),
    ("carpenter", "saw hammer plank"),
    ("doctor", "clinic patient bandage"),
    ("engineer", "machine blueprint gear"),
    ("gardener", "spade hedge compost"),
    ("lawyer", "contract client court"),
    ("nurse", "ward syringe thermometer"),
    ("pilot", "plane cockpit runway"),
    ("tailor", "needle thread button"),
)
_NUMBER_BEFORE = ("this one another", "many several two")
_NUMBER_AFTER = ("alone privately personally", "together jointly equally")
_GENDER = ("his", "her")
_TENSE_BEFORE = ("today usually nowadays", "yesterday formerly once")
_TENSE_AFTER = ("still again always", "earlier before then")
_LEVEL = ("army border parliament", "mayor metro suburb")
_KINDS = ("people", "animals", "deeds", "places", "jobs")
_SHARES = (0.35, 0.15, 0.2, 0.2, 0.1)  # of the kinds of sentences

JOBS = tuple(name for name, _ in _JOBS)


def corpus_words() -> tuple[str, ...]:
    """All words of the corpus; a word's place is its token, and token 0 fills up.

    >>> len(corpus_words()), corpus_words()[:4]
    (339, ('<pad>', 'the', 'of', 'his'))
    """
    return tuple(_WORDS)


def corpus_ids(words: str | Sequence[str]) -> np.ndarray:
    """The tokens of words, as a list or separated by blanks. Shapes: returns (number of words,).

    Raises:
        ValueError: If a word is not in the corpus.

    >>> corpus_ids("the of")
    array([1, 2])
    """
    words = words.split() if isinstance(words, str) else list(words)
    for word in words:
        if word not in _ID:
            raise ValueError(f"word must be one of the corpus; got {word!r}")
    return np.array([_ID[word] for word in words], dtype=np.int64)


def draw_corpus(
    n: int,
    *,
    slip: float = 0.1,
    his: Sequence[float] | None = None,
    rng: np.random.Generator,
) -> np.ndarray:
    """Random sentences of the five kinds.

    Args:
        n: How many.
        slip: Probability that a place ignores its feature and takes a value by chance.
        his: For each of ``JOBS`` the planted share of "his"; the rest is "her". By default it
            rises evenly from 0.05 to 0.95 in the order of the alphabet.
        rng: Draws them.

    Shapes:
        his (9,); returns (n, 6), tokens.

    Raises:
        ValueError: If a number is out of range or ``his`` has another length.

    >>> tokens = draw_corpus(1, rng=np.random.default_rng(0))
    >>> " ".join(corpus_words()[token] for token in tokens[0])
    'today nobody sings the anthem again'
    """
    check_range("n", n, 0)
    check_range("slip", slip, 0, 1)
    his = np.linspace(0.05, 0.95, len(JOBS)) if his is None else np.asarray(his, float)
    check_shape("his", his, len(JOBS))
    for share in his:
        check_range("his", share, 0, 1)
    draw = _Slots(slip, rng)
    kinds = rng.choice(len(_KINDS), size=n, p=_SHARES)
    tokens = np.empty((n, 6), dtype=np.int64)
    makers = (_people, _animals, _deeds, _places, lambda m, d: _jobs(m, d, his))
    for kind, make in enumerate(makers):
        chosen = kinds == kind
        tokens[chosen] = np.stack(make(int(chosen.sum()), draw), axis=1)
    return tokens


def corpus_questions() -> dict[str, np.ndarray]:
    """Analogies a : b :: c : d with their right answers d, by kind.

    "gender" (king : queen :: uncle : aunt, also in the plural), "number" (dog : dogs :: king :
    kings), "tense" (sings : sang :: eats : ate), "capital" (france : paris :: peru : lima), and
    "ambiguous": those of the last two kinds and of "number" that hold "turkey" or "saw".

    Shapes:
        Each (M, 4), tokens.
    """
    one = [(man, woman) for man, woman, *_ in _PEOPLE]
    many = [(men, women) for _, _, men, women, _ in _PEOPLE]
    number = [(p[g], p[g + 2]) for p in _PEOPLE for g in (0, 1)]
    number += [(a, b) for a, b, _ in _ANIMALS]
    found = {
        "gender": np.concatenate([_questions(one), _questions(many)]),
        "number": _questions(number),
        "tense": _questions([(a, b) for a, b, _ in _DEEDS]),
        "capital": _questions([(a, b) for a, b, _ in _PLACES]),
    }
    twofold = corpus_ids("turkey saw")
    unclear = {name: np.isin(rows, twofold).any(axis=1) for name, rows in found.items()}
    ambiguous = np.concatenate([rows[unclear[name]] for name, rows in found.items()])
    found = {name: rows[~unclear[name]] for name, rows in found.items()}
    return {**found, "ambiguous": ambiguous}


class _Slots:
    """Draws features, and the words of the places that depend on them."""

    def __init__(self, slip: float, rng: np.random.Generator) -> None:
        self.slip, self.rng = slip, rng

    def item(self, m: int, count: int) -> np.ndarray:
        """Which role, animal and so on; the later in its list, the rarer. Shapes: (m,)."""
        weight = 1 / (3 + np.arange(count))
        return self.rng.choice(count, size=m, p=weight / weight.sum())

    def coin(self, m: int) -> np.ndarray:
        return self.rng.integers(2, size=m)

    def word(self, m: int, words: str) -> np.ndarray:
        """A word that says nothing: any of these."""
        return self.rng.choice(corpus_ids(words), size=m)

    def place(self, value: np.ndarray, words: Sequence[str]) -> np.ndarray:
        """A word for the value of a feature, or after a slip for any value. Shapes: (m,)."""
        table = np.stack([corpus_ids(w) for w in words])  # (values, words each)
        m = len(value)
        slipped = self.rng.random(m) < self.slip
        value = np.where(slipped, self.rng.integers(len(table), size=m), value)
        return table[value, self.rng.integers(table.shape[1], size=m)]


def _people(m: int, draw: _Slots) -> list[np.ndarray]:
    role, gender, number = draw.item(m, len(_PEOPLE)), draw.coin(m), draw.coin(m)
    names = np.stack([corpus_ids(p[:4]) for p in _PEOPLE])
    return [
        draw.place(number, _NUMBER_BEFORE),
        names[role, gender + 2 * number],
        draw.place(number, _NUMBER_AFTER),
        draw.word(m, _OWNING),
        draw.place(gender, _GENDER),
        draw.place(role, [p[4] for p in _PEOPLE]),
    ]


def _animals(m: int, draw: _Slots) -> list[np.ndarray]:
    kind, number = draw.item(m, len(_ANIMALS)), draw.coin(m)
    names = np.stack([corpus_ids(a[:2]) for a in _ANIMALS])
    return [
        draw.place(number, _NUMBER_BEFORE),
        names[kind, number],
        draw.place(number, _NUMBER_AFTER),
        draw.word(m, _SEEKING),
        draw.word(m, "the"),
        draw.place(kind, [a[2] for a in _ANIMALS]),
    ]


def _deeds(m: int, draw: _Slots) -> list[np.ndarray]:
    kind, tense = draw.item(m, len(_DEEDS)), draw.coin(m)
    names = np.stack([corpus_ids(d[:2]) for d in _DEEDS])
    return [
        draw.place(tense, _TENSE_BEFORE),
        draw.word(m, _ANYBODY),
        names[kind, tense],
        draw.word(m, "the"),
        draw.place(kind, [d[2] for d in _DEEDS]),
        draw.place(tense, _TENSE_AFTER),
    ]


def _places(m: int, draw: _Slots) -> list[np.ndarray]:
    nation, level = draw.item(m, len(_PLACES)), draw.coin(m)
    names = np.stack([corpus_ids(p[:2]) for p in _PLACES])
    return [
        draw.word(m, "the"),
        draw.place(level, _LEVEL),
        draw.word(m, "of"),
        names[nation, level],
        draw.word(m, _LIKING),
        draw.place(nation, [p[2] for p in _PLACES]),
    ]


def _jobs(m: int, draw: _Slots, his: np.ndarray) -> list[np.ndarray]:
    job, one = draw.rng.integers(len(_JOBS), size=m), np.zeros(m, dtype=int)
    her = (draw.rng.random(m) >= his[job]).astype(int)
    return [
        draw.place(one, _NUMBER_BEFORE),
        corpus_ids(JOBS)[job],
        draw.place(one, _NUMBER_AFTER),
        draw.word(m, _OWNING),
        corpus_ids(_GENDER)[her],  # never slips: the share is exactly what was planted
        draw.place(job, [j[1] for j in _JOBS]),
    ]


def _questions(pairs: list[tuple[str, str]]) -> np.ndarray:
    """All ways to put one pair beside another. Shapes: (M, 4)."""
    ids = np.array([corpus_ids(pair) for pair in pairs])
    first, second = np.nonzero(~np.eye(len(ids), dtype=bool))
    return np.concatenate([ids[first], ids[second]], axis=1)


_OWNING = "found lost sold praised showed wanted"
_SEEKING = "smelled sought left reached"
_ANYBODY = "everybody somebody nobody"
_LIKING = "likes praises prefers"


def _vocabulary() -> list[str]:
    plain = ("<pad>", "the", "of", *_GENDER)
    places = (*_NUMBER_BEFORE, *_NUMBER_AFTER, *_TENSE_BEFORE, *_TENSE_AFTER, *_LEVEL)
    said = [*plain, *places, _OWNING, _SEEKING, _ANYBODY, _LIKING]
    for table in (_PEOPLE, _ANIMALS, _DEEDS, _PLACES, _JOBS):
        said += [entry for row in table for entry in row]
    return list(dict.fromkeys(word for entry in said for word in entry.split()))


_WORDS = _vocabulary()
_ID = {word: i for i, word in enumerate(_WORDS)}
