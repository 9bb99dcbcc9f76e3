"""Dates as people write them, and as ISO 8601 does: a translation whose every answer is known.

Some parts can be copied letter by letter, such as a year with four digits; some are looked up, as
the number of a month; some must be passed over, as the day of the week. The century of a short
year has to be worked out: from 69 on it is the twentieth, as in the C library's ``strptime``.
"""

import numpy as np

from .._check import check_choice, check_shape
from .strings import BOS, EOS, FIRST, PAD

DATE_STYLES = (
    "3 March 2019",
    "March 3, 2019",
    "Sun 3 Mar 2019",
    "3.3.2019",
    "03/03/19",
)

_MONTHS = np.array(
    "January February March April May June July August September October November December".split()
)
_WEEKDAYS = np.array("Thu Fri Sat Sun Mon Tue Wed".split())  # 1 January 1970 was a Thursday
_TWO_DIGITS = np.array([f"{k:02d}" for k in range(100)])
_FIRST_DAY, _LAST_DAY = np.datetime64("1969-01-01"), np.datetime64("2068-12-31")
_LONGEST = len("September 30, 2019")

DATE_LETTERS = "".join(sorted(set(" ,-./0123456789" + "".join([*_MONTHS, *_WEEKDAYS]))))


def date_texts(days: np.ndarray, style: str) -> np.ndarray:
    """Days as text. The day comes before the month where both are numbers.

    Args:
        days: From 1969 to 2068, so that two digits tell the year.
        style: One of ``DATE_STYLES``.

    Shapes:
        days (n,), ``datetime64[D]``; returns (n,), strings.

    Raises:
        ValueError: If a day is out of range or there is no such style.

    >>> day = np.array(["2019-03-03"], dtype="datetime64[D]")
    >>> [str(date_texts(day, style)[0]) == style for style in DATE_STYLES]
    [True, True, True, True, True]
    """
    check_choice("style", style, DATE_STYLES)
    days = np.asarray(days)
    check_shape("days", days, "n")
    if days.dtype != np.dtype("datetime64[D]"):
        raise ValueError(f"days must be of type datetime64[D]; got {days.dtype}")
    if not ((days >= _FIRST_DAY) & (days <= _LAST_DAY)).all():
        got = days[~((days >= _FIRST_DAY) & (days <= _LAST_DAY))][0]
        raise ValueError(f"days must be from {_FIRST_DAY} to {_LAST_DAY}; got {got}")
    first = days.astype("datetime64[M]")
    day = (days - first).astype(int) + 1
    month = first.astype(int) % 12
    name, number, plain = _MONTHS[month], (month + 1).astype(str), day.astype(str)
    year = days.astype("datetime64[Y]").astype(str)
    if style == "3 March 2019":
        return _joined(plain, " ", name, " ", year)
    if style == "March 3, 2019":
        return _joined(name, " ", plain, ", ", year)
    if style == "Sun 3 Mar 2019":
        weekday = _WEEKDAYS[days.astype(int) % 7]
        return _joined(weekday, " ", plain, " ", name.astype("U3"), " ", year)
    if style == "3.3.2019":
        return _joined(plain, ".", number, ".", year)
    short = (days.astype("datetime64[Y]").astype(int) % 100 + 70) % 100
    return _joined(_TWO_DIGITS[day], "/", _TWO_DIGITS[month + 1], "/", _TWO_DIGITS[short])


def date_task(days: np.ndarray, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Days in a style drawn for each, and the same days as ISO writes them.

    Args:
        days: From 1969 to 2068.
        rng: Draws the styles.

    Shapes:
        days (n,), ``datetime64[D]``. Returns source (n, 18) and target (n, 11), token ids: FIRST
        plus the place of a letter in ``DATE_LETTERS``. The target ends with EOS; the source is
        filled up with PAD.

    Raises:
        ValueError: If a day is out of range.

    >>> source, target = date_task(np.array(["1999-12-31"], dtype="M8[D]"),
    ...                            rng=np.random.default_rng(0))
    >>> date_text(source[0]), date_text(target[0])
    ('31/12/99', '1999-12-31')
    """
    drawn = rng.integers(len(DATE_STYLES), size=len(days))
    texts = np.empty(len(days), dtype=f"U{_LONGEST}")
    for k, style in enumerate(DATE_STYLES):
        texts[drawn == k] = date_texts(days[drawn == k], style)
    target = _tokens(np.asarray(days).astype("U10"), 11)
    target[:, 10] = EOS
    return _tokens(texts, _LONGEST), target


def date_text(tokens: np.ndarray) -> str:
    """The text of some tokens, up to EOS; PAD and BOS are left out.

    Shapes:
        tokens (L,).

    Raises:
        ValueError: If a number is no token.
    """
    said = ""
    for token in np.asarray(tokens).tolist():
        if not 0 <= token < FIRST + len(DATE_LETTERS):
            raise ValueError(
                f"a token must be between 0 and {FIRST + len(DATE_LETTERS) - 1}; got {token}"
            )
        if token == EOS:
            break
        said += "" if token in (PAD, BOS) else DATE_LETTERS[token - FIRST]
    return said


def _joined(*parts: np.ndarray | str) -> np.ndarray:
    text = parts[0]
    for part in parts[1:]:
        text = np.char.add(text, part)
    return text


def _tokens(texts: np.ndarray, longest: int) -> np.ndarray:
    """Shapes: (n,) -> (n, longest)."""
    code = np.full(128, PAD)
    code[[ord(letter) for letter in DATE_LETTERS]] = FIRST + np.arange(len(DATE_LETTERS))
    letters = np.ascontiguousarray(texts.astype(f"U{longest}")).view(np.uint32)
    return code[letters.reshape(len(texts), longest)]  # a text is filled up with zeros
