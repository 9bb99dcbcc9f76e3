"""What a page may put out: allowed types, limits of size, and no secrets.

A page's outputs are checked where it runs, and again when a bundle of runs arrives from another
machine; the built site, its search index included, is checked for secrets once more.
"""

import os
import re
from collections.abc import Iterable, Mapping
from functools import cache

from .project import CLAIM

TEXT_BYTES, FIGURE_BYTES = 64 * 1024, 1024 * 1024  # what one cell may put out
FIGURES = ("image/svg+xml", "image/png", "image/jpeg")
# What is published. Anything that a browser would execute is not.
TYPES = frozenset({"text/plain", "text/latex", CLAIM, *FIGURES})
MUCH_TEXT = f"puts out more than the {TEXT_BYTES >> 10} KB of text a cell may"

# Variables of the environment that hold credentials, by their names.
_CREDENTIAL = re.compile(r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|PRIVATE_?KEY", re.I)
# Left out of detect-secrets: an address is no secret, and hashes and alphabets, which a page may
# well print, look as random as keys.
_NOT_SECRET = ("IPPublicDetector", "HexHighEntropyString", "Base64HighEntropyString")
_KEYWORD = "KeywordDetector"  # password = "..."; too slow for whole sites, and prose may name it


class NotPublished(Exception):
    """An output that is not published; the message says why, and what to do."""


def check_outputs(outputs: Iterable[Mapping]) -> None:
    """Refuse what is too large to read, what a browser would execute, and secrets.

    Args:
        outputs: The outputs of one cell, as a notebook has them.

    Raises:
        NotPublished: With a reason that follows the words "cell 3".
    """
    texts = []
    for output in outputs:
        data = output.get("data", {})
        if refused := sorted(set(data) - TYPES):
            raise NotPublished(
                f"gives an output of type {', '.join(refused)}, which is not published: "
                f"show one of {', '.join(sorted(TYPES - {CLAIM}))}"
            )
        for kind in FIGURES:
            if (size := len(data.get(kind, ""))) > FIGURE_BYTES:
                raise NotPublished(
                    f"gives a figure of {size / 2**20:.1f} MB, more than {FIGURE_BYTES >> 20} MB: "
                    "draw fewer points, or pass rasterized=True"
                )
        texts.append(output.get("text", ""))
        texts += [str(data[kind]) for kind in ("text/plain", "text/latex", CLAIM) if kind in data]
        texts += _words(data.get("image/svg+xml", ""))
        texts += [output.get("evalue", ""), *output.get("traceback", [])]
    if sum(map(len, texts)) > TEXT_BYTES:
        raise NotPublished(f"{MUCH_TEXT}: print a summary")
    text = "\n".join(texts)
    if kinds := secrets_in(text) + credentials_in(text):
        raise NotPublished(
            f"puts out what looks like a secret ({', '.join(kinds)}): take it out, and if it is "
            "real, revoke it"
        )


def secrets_in(text: str, *, keywords: bool = True) -> list[str]:
    """The kinds of secrets that a text holds; never the secrets themselves.

    Args:
        text: Any text.
        keywords: Look also for assignments to names such as ``password``.
    """
    kinds = []
    for name, detector in _detectors().items():
        if (keywords or name != _KEYWORD) and any(
            value for line in _lines(text, name) for value in detector.analyze_string(line)
        ):
            kinds.append(detector.secret_type)
    return kinds


def credentials_in(text: str) -> list[str]:
    """Which of this machine's own credentials stand in a text."""
    return [
        f"the value of ${name}"
        for name, value in os.environ.items()
        if is_credential(name) and len(value) >= 8 and value in text
    ]


def is_credential(variable: str) -> bool:
    """Whether an environment variable of this name holds a credential.

    >>> is_credential("GITHUB_TOKEN"), is_credential("HOME")
    (True, False)
    """
    return bool(_CREDENTIAL.search(variable))


def _lines(text: str, detector: str) -> list[str]:
    # The detector of keywords reads one line at a time; the others look anywhere.
    return text.splitlines() if detector == _KEYWORD else [text]


def _words(svg: str) -> list[str]:
    """The words written into a figure. Matplotlib, which draws letters, notes them in comments."""
    found = re.findall(r"<!--(.*?)-->|<text[^>]*>(.*?)</text>", svg, re.S)
    return [comment or text for comment, text in found]


@cache
def _detectors() -> dict:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    known = get_mapping_from_secret_type_to_class().values()
    return {k.__name__: k() for k in known if k.__name__ not in _NOT_SECRET}
