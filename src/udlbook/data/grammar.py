r"""Text whose entropy is known: sentences drawn from a grammar with probabilities.

A symbol is rewritten by one of its rules, drawn with the rule's probability, until only text is
left. Every choice is independent given the symbol, so by the chain rule the entropy of a sentence
is the sum of the entropies of all choices. With p_r the probability of rule r of symbol A,

    h_A = - sum_r p_r log p_r  +  sum_r p_r sum_{B in r} h_B,

one linear equation a symbol; mean lengths solve the same system with letters in place of the
first sum. If no sentence has two derivations, h is the entropy of the text itself, and no model
of it can have a lower cross-entropy.

Source: Soule, "Entropies of probabilistic grammars", Information and Control 25(1), 1974.
"""

import math
from collections.abc import Iterator
from functools import cache, cached_property

import numpy as np

from .._check import check_range

Rules = dict[str, list[tuple[float, list[str]]]]


class Grammar:
    """A grammar whose rules have probabilities.

    Args:
        rules: For each symbol its rules (probability, parts). A part that is a symbol is
            rewritten, any other part is text. No symbol may begin with itself.
        start: The symbol of a whole sentence.

    Raises:
        ValueError: If the probabilities of a symbol do not sum to one, the start is no symbol, a
            symbol can begin with itself, or sentences are infinitely long on average.

    >>> coin = Grammar({"S": [(0.5, ["."]), (0.5, ["ha", "S"])]})
    >>> coin.mean_length(), round(coin.entropy() / math.log(2), 6)
    (3.0, 2.0)
    """

    def __init__(self, rules: Rules, start: str = "S") -> None:
        if start not in rules:
            raise ValueError(f"start must be one of {sorted(rules)}; got {start!r}")
        for symbol, choices in rules.items():
            p = [p for p, _ in choices]
            if not p or min(p) <= 0 or not math.isclose(sum(p), 1, rel_tol=1e-9):
                raise ValueError(f"rules of {symbol!r} must have probabilities of sum 1; got {p}")
        self.rules, self.start = rules, start
        self._cumulative = {s: np.cumsum([p for p, _ in c]) for s, c in rules.items()}
        self._check_beginnings()
        self.mean_length()  # raises if sentences do not end

    def _check_beginnings(self) -> None:
        begins = {s: {b for _, r in c for b in self._may_begin(r)} for s, c in self.rules.items()}
        for symbol in self.rules:
            seen, todo = set(), [symbol]
            while todo:
                new = begins[todo.pop()] - seen
                seen |= new
                todo += new
            if symbol in seen:
                raise ValueError(f"no symbol must begin with itself; got {symbol!r}")

    def _may_begin(self, parts: list[str]) -> Iterator[str]:
        """Symbols before the first certain text of a rule."""
        for part in parts:
            if part in self.rules:
                yield part
            elif part:
                return

    @cached_property
    def _mean_uses(self) -> np.ndarray:
        """How often each symbol is rewritten in a sentence, on average."""
        symbols = list(self.rules)
        uses = np.zeros((len(symbols), len(symbols)))  # from, to
        for i, choices in enumerate(self.rules.values()):
            for p, parts in choices:
                for part in parts:
                    if part in self.rules:
                        uses[i, symbols.index(part)] += p
        if np.abs(np.linalg.eigvals(uses)).max() >= 1 - 1e-12:
            raise ValueError("sentences must end; got rules under which they grow for ever")
        first = np.array([s == self.start for s in symbols], dtype=float)
        return np.linalg.solve(np.eye(len(symbols)) - uses.T, first)

    def entropy(self) -> float:
        """Entropy of the derivation of a sentence, in nats."""
        own = [-sum(p * math.log(p) for p, _ in choices) for choices in self.rules.values()]
        return float(self._mean_uses @ own)

    def mean_length(self) -> float:
        """Expected number of letters of a sentence."""
        own = [
            sum(p * sum(len(a) for a in parts if a not in self.rules) for p, parts in choices)
            for choices in self.rules.values()
        ]
        return float(self._mean_uses @ own)

    def sample(self, n: int, *, rng: np.random.Generator) -> tuple[list[str], np.ndarray]:
        """Draw n sentences, and the log probability of each derivation, in nats.

        Shapes:
            Returns a list of n sentences and log probabilities (n,).
        """
        check_range("n", n, 0)
        sentences, log_p = [], np.zeros(n)
        for i in range(n):
            todo, text = [self.start], []
            while todo:
                part = todo.pop()
                if part not in self.rules:
                    text.append(part)
                    continue
                chosen = int(np.searchsorted(self._cumulative[part], rng.random(), side="right"))
                p, parts = self.rules[part][min(chosen, len(self.rules[part]) - 1)]
                log_p[i] += math.log(p)
                todo += reversed(parts)
            sentences.append("".join(text))
        return sentences, log_p

    def log_prob(self, sentence: str) -> float:
        """Log probability of a sentence over all its derivations; -inf if it has none."""

        @cache
        def ends(symbol: str, at: int) -> dict[int, float]:
            """Where the symbol can end if it begins at ``at``, with probabilities."""
            total: dict[int, float] = {}
            for p, parts in self.rules[symbol]:
                for end, q in through(tuple(parts), at).items():
                    total[end] = total.get(end, 0.0) + p * q
            return total

        def through(parts: tuple[str, ...], at: int) -> dict[int, float]:
            places = {at: 1.0}
            for part in parts:
                after: dict[int, float] = {}
                for place, p in places.items():
                    if part in self.rules:
                        steps = ends(part, place)
                    else:
                        fits = sentence.startswith(part, place)
                        steps = {place + len(part): 1.0} if fits else {}
                    for end, q in steps.items():
                        after[end] = after.get(end, 0.0) + p * q
                places = after
            return places

        p = ends(self.start, 0).get(len(sentence), 0.0)
        return math.log(p) if p else float("-inf")


def small_talk() -> Grammar:
    """A little English in which words depend on words far before them.

    A third of the sentences each: a verb agrees with a noun that others stand between ("the old
    cat near the dogs sleeps"); names return ("tom gave anna the book and anna thanked tom"); a
    pronoun remembers who spoke ("anna says that the red cup is hers"). Every sentence ends with
    a full stop and a new line, and has one derivation.
    """
    women, men = ["anna", "eva", "zoe"], ["ben", "max", "tom"]
    people = women + men

    def even(*texts: str) -> list[tuple[float, list[str]]]:
        return [(1 / len(texts), [t]) for t in texts]

    pairs = [(a, b) for a in people for b in people if a != b]
    rules: Rules = {
        "S": [(1 / 3, [kind, ".\n"]) for kind in ("AGREE", "GIVE", "SAY")],
        "AGREE": [
            (0.5, ["the ", "ADJ", "ONE", "NEAR", " ", "DOES"]),
            (0.5, ["the ", "ADJ", "MANY", "NEAR", " ", "DO"]),
        ],
        "ADJ": [(0.6, [""]), (0.4, ["QUALITY", " "])],
        "NEAR": [
            (0.5, [""]),
            (0.25, [" near the ", "ONE", "NEAR"]),
            (0.25, [" near the ", "MANY", "NEAR"]),
        ],
        "ONE": even("cat", "dog", "bird", "horse", "cow", "duck"),
        "MANY": even("cats", "dogs", "birds", "horses", "cows", "ducks"),
        "DOES": even("sleeps", "waits", "runs", "eats", "sings"),
        "DO": even("sleep", "wait", "run", "eat", "sing"),
        "GIVE": [
            (1 / len(pairs), [f"{a} gave {b} the ", "ADJ", "THING", f" and {b} thanked {a}"])
            for a, b in pairs
        ],
        "SAY": [
            (0.5, ["SHE", " says that the ", "ADJ", "THING", " is hers"]),
            (0.5, ["HE", " says that the ", "ADJ", "THING", " is his"]),
        ],
        "SHE": even(*women),
        "HE": even(*men),
        "QUALITY": even("old", "red", "small", "white"),
        "THING": even("book", "cup", "letter", "map", "lamp"),
    }
    return Grammar(rules)
