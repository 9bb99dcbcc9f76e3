"""Numbers that the prose states: computed, asserted, printed and collected.

A page never types a digit that a cell computed. It calls ``claim`` once, and writes
``{claim}`NAME``` where the text needs the number. The press collects every claim from the run,
fails a page whose claim leaves its range, and lists all of them on the page *Results*.
"""

import math
import os
import re
import sys
from dataclasses import asdict, dataclass

from .budget import tier

MIME = "application/vnd.udlbook.claim+json"


class ClaimError(AssertionError):
    """A claimed number left its range."""


@dataclass(frozen=True)
class Claim:
    """One number that the book states.

    Attributes:
        name: Dotted, unique in the book: ``"mnist1d.cnn.accuracy"``.
        value: What this run computed.
        low: Least value that the claim allows, in this tier.
        high: Greatest value that the claim allows, in this tier.
        source: What the number is checked by, or where the range comes from.
        fmt: How its numbers are printed.
        text: The value as the prose prints it.
        paper: The published number beside ours, or None.
        where: Table, figure or section in which the published number stands.
        paper_text: The published number as the prose prints it.
        tier: The tier in which it was computed.
    """

    name: str
    value: float
    low: float
    high: float
    source: str
    fmt: str
    text: str
    paper: float | None
    where: str
    paper_text: str
    tier: str


def claim(
    name: str,
    value: float,
    *,
    low: float,
    high: float,
    source: str,
    fmt: str = ".3g",
    paper: float | None = None,
    paper_fmt: str = "",
    where: str = "",
) -> None:
    """State a number: print it, assert its range, and let the prose insert it.

    Args:
        name: Dotted lower-case name, unique in the book.
        value: The number; anything that ``float`` takes.
        low: Least allowed value. Use ``budget(small=.., full=..)`` where tiers differ.
        high: Greatest allowed value.
        source: What the number is checked by, in a few words.
        fmt: Format of the number in prose; ``".1%"`` prints ``99.1 %``.
        paper: The published number, if there is one.
        paper_fmt: Its format, where it was printed with other digits than ours.
        where: Where the published number stands: ``"Greydanus & Kobak 2020, table 1"``.

    Raises:
        ClaimError: If the value is not finite or outside [low, high]. While
            ``$UDLBOOK_MEASURE`` is set the value is recorded and nothing is raised.
        ValueError: If the name is not dotted lower case, the range is empty, or a published
            number comes without its place.

    >>> claim("doc.answer", 42, low=41, high=43, source="by hand", fmt=".0f")
    claim doc.answer = 42, allowed 41 to 43
    """
    if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", name):
        raise ValueError(
            f"a claim's name must be dotted lower case, like 'topic.model.number'; got {name!r}"
        )
    if not low <= high:
        raise ValueError(f"claim {name}: low must not exceed high; got low={low}, high={high}")
    if paper is not None and not where:
        raise ValueError(
            f"claim {name}: a published number needs where=...; got paper={paper} alone"
        )
    value = float(value)
    made = Claim(
        name,
        value,
        float(low),
        float(high),
        source,
        fmt,
        as_text(value, fmt),
        paper,
        where,
        "" if paper is None else as_text(paper, paper_fmt or fmt),
        tier(),
    )
    _publish(
        made, f"claim {name} = {made.text}, allowed {as_text(low, fmt)} to {as_text(high, fmt)}"
    )
    if not (math.isfinite(value) and low <= value <= high) and not os.environ.get(
        "UDLBOOK_MEASURE"
    ):
        raise ClaimError(f"claim {name}: expected {low} to {high}; got {value}")


def as_text(value: float, fmt: str) -> str:
    """A number as prose prints it.

    >>> print(as_text(0.991, ".1%").replace("\u00a0", "~"))
    99.1~%
    >>> print(as_text(-3.2e-11, ".1e").replace("\u00a0", "~"))
    −3.2~×~10⁻¹¹
    """
    text = re.sub(r"^(-?[\d.,]+)e([+-]\d+)$", _power, format(value, fmt))
    # A number and its unit stay on one line.
    return text.replace("%", "\u00a0%").replace("-", "−")


def _power(number: re.Match) -> str:
    if float(number[1]) == 0:
        return "0"
    raised = str(int(number[2])).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{number[1]}\u00a0×\u00a010{raised}"


def _publish(made: Claim, line: str) -> None:
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display({"text/plain": line, MIME: asdict(made)}, raw=True)
    else:
        print(line)
