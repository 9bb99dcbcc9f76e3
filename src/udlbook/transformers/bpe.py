r"""Byte-pair encoding: words of a vocabulary that was learned by merging frequent neighbours.

The text is cut into words, and words into bytes, so that any Unicode text can be written with the
256 first tokens. Training then repeats: count all pairs of neighbouring tokens within words, and
make the most frequent pair a new token. Encoding replays the merges in the order in which they
were learned.

Sources: Gage, "A new algorithm for data compression", The C Users Journal 12(2), 1994; Sennrich,
Haddow & Birch, "Neural machine translation of rare words with subword units", ACL 2016,
arXiv:1508.07909, section 3.2; bytes as a base: Radford et al., "Language models are unsupervised
multitask learners", 2019, section 2.2. Ours differs: words are cut by Python's own classes of
letters and spaces; of two pairs that are equally frequent the one with the smaller numbers is
merged; a token number is 256 plus the rank of its merge.
"""

import re
from collections import Counter, defaultdict
from itertools import pairwise

from .._check import check_range

# A word with the space before it, or other marks with theirs, or spaces.
WORD = re.compile(r" ?\w+| ?[^\w\s]+|\s")

Pair = tuple[int, int]


def split_words(text: str) -> list[str]:
    """Cut a text into the words within which pairs may merge; together they are the text.

    >>> split_words("It's 9 cats.")
    ['It', "'", 's', ' 9', ' cats', '.']
    """
    return WORD.findall(text)


class BPE:
    """A tokenizer: 256 bytes, and one token more for each merge.

    Args:
        merges: Pairs of tokens in the order in which they were learned; the pair at place i
            becomes token 256 + i.

    Raises:
        ValueError: If a merge uses a token that does not exist yet, or occurs twice.

    >>> bpe = BPE.train("low lower lowest low", 3)
    >>> bpe.pieces("lower lows")
    ['low', 'e', 'r', ' low', 's']
    """

    def __init__(self, merges: list[Pair]) -> None:
        self.merges = [tuple(pair) for pair in merges]
        self.tokens = [bytes([i]) for i in range(256)]
        for i, (a, b) in enumerate(self.merges):
            if not (0 <= a < 256 + i and 0 <= b < 256 + i):
                raise ValueError(f"merge {i} must join tokens below {256 + i}; got {(a, b)}")
            self.tokens.append(self.tokens[a] + self.tokens[b])
        self._rank = {pair: i for i, pair in enumerate(self.merges)}
        if len(self._rank) < len(self.merges):
            raise ValueError(f"merges must differ; got {len(self.merges) - len(self._rank)} twice")
        self._known: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        """Size of the vocabulary."""
        return len(self.tokens)

    @classmethod
    def train(cls, text: str, n_merges: int) -> "BPE":
        """Learn merges from a text; fewer if no pair is left that occurs twice.

        Args:
            text: The text to count in.
            n_merges: Tokens to add to the 256 bytes.

        Raises:
            ValueError: If ``n_merges`` is negative.
        """
        check_range("n_merges", n_merges, 0)
        counts = Counter(split_words(text))
        words = [list(w.encode()) for w in counts]
        often = list(counts.values())
        pairs: Counter[Pair] = Counter()
        where: defaultdict[Pair, set[int]] = defaultdict(set)  # a superset of the words with it
        for i, word in enumerate(words):
            for pair in pairwise(word):
                pairs[pair] += often[i]
                where[pair].add(i)
        merges: list[Pair] = []
        while len(merges) < n_merges and pairs:
            best = min(pairs, key=lambda pair: (-pairs[pair], pair))
            if pairs[best] < 2:
                break
            new = 256 + len(merges)
            merges.append(best)
            for i in where.pop(best):
                for pair in pairwise(words[i]):
                    pairs[pair] -= often[i]
                words[i] = _merge(words[i], best, new)
                for pair in pairwise(words[i]):
                    pairs[pair] += often[i]
                    where[pair].add(i)
            del pairs[best]  # nothing of it is left
        return cls(merges)

    def encode(self, text: str) -> list[int]:
        """Tokens of a text.

        Raises:
            ValueError: If the text is no valid Unicode (a lone surrogate).
        """
        return [token for word in split_words(text) for token in self._word(word)]

    def _word(self, word: str) -> tuple[int, ...]:
        if word not in self._known:
            tokens = list(word.encode())
            while len(tokens) > 1:
                last = len(self.merges)
                best = min(pairwise(tokens), key=lambda pair: self._rank.get(pair, last))
                if best not in self._rank:
                    break
                tokens = _merge(tokens, best, 256 + self._rank[best])
            self._known[word] = tuple(tokens)
        return self._known[word]

    def decode(self, tokens: list[int]) -> str:
        """The text of some tokens; bytes that are no valid UTF-8 become U+FFFD.

        Raises:
            ValueError: If a token is not in the vocabulary.
        """
        for token in tokens:
            if not 0 <= token < len(self):
                raise ValueError(f"a token must be between 0 and {len(self) - 1}; got {token}")
        return b"".join(self.tokens[t] for t in tokens).decode(errors="replace")

    def pieces(self, text: str) -> list[str]:
        """The text, cut as the model sees it."""
        return [self.decode([token]) for token in self.encode(text)]


def _merge(tokens: list[int], pair: Pair, new: int) -> list[int]:
    """Replace each occurrence of a pair, from left to right."""
    out, i = [], 0
    while i < len(tokens):
        if i + 1 < len(tokens) and (tokens[i], tokens[i + 1]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out
