"""Two stores of runs, side by side: where do another machine, device or tier give another result?

Runs of the same page and settings are compared cell by cell, numbers within a tolerance. Runs of
one page on two devices are compared likewise, and of two tiers by their claims alone, for there
the numbers are meant to differ.
"""

import base64
import io
import math
import re
from collections.abc import Callable, Iterator
from itertools import product, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from .bundle import read as read_bundle
from .progress import console
from .project import CLAIM, PressError
from .store import FILES, Entry

POINTS = 0.01  # what no eye sees, in a figure's own units
LEVELS = 1  # of 255, of a bitmap's colours
_NUMBER = r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_IN_TEXT = re.compile(rf"((?<![\w#.]){_NUMBER}(?!\w))")
_IN_DRAWING = re.compile(rf"(#\w+|{_NUMBER})")  # a colour is no number
_BITMAP = re.compile(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/=\s]+)")
_ID = re.compile(r'(?<=\bid=")[^"]+')


class Run(NamedTuple):
    """What a run is of: two runs of the same are to give the same."""

    page: str
    tier: str
    device: str
    seed: int
    threads: int

    def __str__(self) -> str:
        where = f"{self.tier}, {self.device}, seed {self.seed}, threads {self.threads}"
        return f"{self.page} ({where})"


def compare(a: Path, b: Path, tolerance: float = 1e-6) -> int:
    """Print where two stores differ.

    Args:
        a: The folder of a store, or a bundle.
        b: The other.
        tolerance: Numbers nearer than this, relatively or absolutely, agree.

    Returns:
        1 if runs of the same page and settings differ or a claim left its range, else 0.

    Raises:
        PressError: If one of the two is no store and no bundle.
    """
    first, second = runs(a), runs(b)
    same, others = sorted(first.keys() & second.keys()), _others(first, second)
    compared, differ, rows = 0, 0, []
    for p, q in [*zip(same, same, strict=True), *others]:
        x, y = first[p], second[q]
        where = str(p) if p == q else f"{p} and {q}"
        if [c["source"] for c in x.cells] != [c["source"] for c in y.cells]:
            console.print(f"{where}: ran other code, not compared", markup=False)
            continue
        if p.tier == q.tier:
            found = list(differences(x, y, tolerance, claims=p == q))
            for line in found:
                console.print(f"{where}: {line}", markup=False)
            compared += p == q
            differ += bool(found) and p == q
        if p != q:
            rows += _rows(p, q, x, y, tolerance)
    _print_table(rows)
    left = [line for side, found in ((a, first), (b, second)) for line in _left(side, found)]
    for line in left:
        console.print(line, markup=False)
    _say_unpaired(a, b, first, second, {run.page for run in (*same, *(p for p, _ in others))})
    console.print(
        f"{compared} runs of the same settings compared, {differ} differ; "
        f"{len(others)} of other devices or tiers, {len(rows)} claims differ"
    )
    return int(bool(differ or left))


def runs(place: Path) -> dict[Run, Entry]:
    """The newest run of each page and settings in the folder of a store, or in a bundle.

    Raises:
        PressError: If there is neither.
    """
    if (place / "entries").is_dir():
        entries = list(_stored(place))
    elif place.is_file():
        entries = read_bundle(place)[1]
    else:
        raise PressError(f"no store at {place}: give a folder such as _build/store, or a bundle")
    found = {}
    for entry in sorted(entries, key=lambda e: e.record["date"]):
        found[Run(*(entry.record[name] for name in Run._fields))] = entry
    return found


def _stored(folder: Path) -> Iterator[Entry]:
    for place in sorted((folder / "entries").glob("??/*")):
        try:
            yield Entry.read(place.name, *((place / n).read_text("utf8") for n in FILES))
        except (OSError, ValueError, KeyError, TypeError):
            console.print(f"{place} is damaged, and left out", markup=False)


def _others(first: dict[Run, Entry], second: dict[Run, Entry]) -> list[tuple[Run, Run]]:
    """Runs of one page, seed and thread count whose device or tier differs; each pair once."""
    found = {}
    for p, q in product(sorted(first), sorted(second)):
        if p != q and (p.page, p[3:]) == (q.page, q[3:]):
            # Two stores may hold the same runs, and then each pair would come both ways.
            found.setdefault(frozenset((first[p].stamp, second[q].stamp)), (p, q))
    return list(found.values())


def differences(x: Entry, y: Entry, tolerance: float, *, claims: bool = True) -> Iterator[str]:
    """The first differing place of each output of two runs of the same code.

    Args:
        x: A run.
        y: Another.
        tolerance: For numbers in text, and for claims.
        claims: Look also at the claims.
    """
    for number, (c, d) in enumerate(zip(x.cells, y.cells, strict=True), 1):
        if len(c["outputs"]) != len(d["outputs"]):
            yield f"cell {number}: {len(c['outputs'])} outputs and {len(d['outputs'])}"
            continue
        for count, (p, q) in enumerate(zip(c["outputs"], d["outputs"], strict=True), 1):
            p, q = _by_type(p), _by_type(q)
            if p.keys() != q.keys():
                found = f"{', '.join(sorted(p))} and {', '.join(sorted(q))}"
            elif CLAIM in p:  # its text says its value once more, and rounded
                found = _claim(p[CLAIM], q[CLAIM], tolerance) if claims else ""
            else:
                found = next(filter(None, (_differ(t, p[t], q[t], tolerance) for t in p)), "")
            if found:
                yield f"cell {number}, output {count}: {found}"


def _by_type(output: dict) -> dict:
    if output["output_type"] == "stream":
        return {output["name"]: output["text"]}
    if output["output_type"] == "error":
        return {
            "error": "\n".join((f"{output['ename']}: {output['evalue']}", *output["traceback"]))
        }
    return output["data"]


def _differ(kind: str, x: str, y: str, tolerance: float) -> str:
    """Where two values of an output differ, or nothing."""
    if x == y:
        return ""
    if kind in ("image/png", "image/jpeg"):
        return _bitmaps(x, y)
    if kind == "image/svg+xml":
        return _drawings(x, y, tolerance)
    return first_difference(x, y, _IN_TEXT, _close(tolerance))


def _close(tolerance: float) -> Callable[[float, float], bool]:
    return lambda x, y: math.isclose(x, y, rel_tol=tolerance, abs_tol=tolerance)


def _claim(x: dict, y: dict, tolerance: float) -> str:
    if x["name"] != y["name"]:
        return f"claim {x['name']} and claim {y['name']}"
    if _close(tolerance)(x["value"], y["value"]):
        return ""
    return f"claim {x['name']}: {_apart(x['value'], y['value'])}"


def _apart(x: float, y: float) -> str:
    size = max(abs(x), abs(y))
    relative = f", relative difference {abs(x - y) / size:.2g}" if 0 < size < math.inf else ""
    return f"{x!r} and {y!r}{relative}"


def _drawings(x: str, y: str, tolerance: float) -> str:
    for p, q in zip(_BITMAP.findall(x), _BITMAP.findall(y), strict=False):
        if found := _bitmaps(p, q):
            return found
    x, y = _bare(x), _bare(y)
    p, q = ("\n".join(re.findall(r">\s*([^<>]*[^<>\s])\s*<", svg)) for svg in (x, y))
    if words := first_difference(p, q, _IN_TEXT, _close(tolerance)):
        return f"words of the figure, {words}"
    place = first_difference(x, y, _IN_DRAWING, lambda p, q: abs(p - q) <= POINTS)
    return f"figure, {place}" if place else ""


def _bare(svg: str) -> str:
    """A figure without its notes and its bitmaps, its ids numbered: Matplotlib makes them of what
    they name, to the last digit."""
    svg = _BITMAP.sub("bitmap", re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S))
    numbers = {name: f"id{i}" for i, name in enumerate(_ID.findall(svg))}
    return re.sub(
        r'(?<=\bid=")[^"]+|(?<=url\(#)[^)]+|(?<=href="#)[^"]+',
        lambda found: numbers.get(found[0], found[0]),
        svg,
    )


def _bitmaps(x: str, y: str) -> str:
    if x == y:
        return ""
    try:
        p, q = (
            np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"), int)
            for data in (x, y)
        )
    except (OSError, ValueError) as error:
        return f"a bitmap cannot be read: {error}"
    if p.shape != q.shape:
        (h, w, _), (k, v, _) = p.shape, q.shape
        return f"bitmap, {w} by {h} pixels and {v} by {k}"
    apart = int(abs(p - q).max())
    return f"bitmap, {apart} of 255 levels apart" if apart > LEVELS else ""


def first_difference(
    x: str, y: str, pattern: re.Pattern, close: Callable[[float, float], bool]
) -> str:
    """The first line in which two texts differ by more than their numbers may, or nothing.

    Args:
        x: A text.
        y: Another.
        pattern: Finds a number, or something that must be the same; one group.
        close: Whether two numbers are near enough.

    >>> first_difference("a 1.0", "a 1.001", _IN_TEXT, _close(1e-6))
    'line 1: 1.0 and 1.001, relative difference 0.001'
    """
    for number, (p, q) in enumerate(zip_longest(x.splitlines(), y.splitlines()), 1):
        if p == q:
            continue
        if p is None or q is None:
            return f"line {number}: {'nothing' if p is None else repr(p[:60])} and " + (
                "nothing" if q is None else repr(q[:60])
            )
        parts, others = pattern.split(p), pattern.split(q)
        # A longer number pushes the blanks around it together.
        if [" ".join(w.split()) for w in parts[::2]] != [" ".join(w.split()) for w in others[::2]]:
            at = next(i for i, (c, d) in enumerate(zip_longest(p, q)) if c != d)
            near = slice(max(0, at - 20), at + 40)
            return f"line {number}: {p[near]!r} and {q[near]!r}"
        for c, d in zip(parts[1::2], others[1::2], strict=True):
            if c == d:
                continue
            if "#" in c + d:
                return f"line {number}: {c} and {d}"
            if not close(*(values := [float(n.replace("−", "-")) for n in (c, d)])):
                return f"line {number}: {_apart(*values)}"
    return ""


def _left(side: Path, found: dict[Run, Entry]) -> Iterator[str]:
    for run, entry in sorted(found.items()):
        for c in entry.record["claims"]:
            if not _inside(c["value"], c):
                span = f"{c['low']} to {c['high']}"
                yield f"{run} in {side}: claim {c['name']} = {c['value']} left its range, {span}"


def _inside(value: float, claim: dict) -> bool:
    return claim["low"] <= value <= claim["high"]


HEADS = ("claim", "one run", "value", "range", "the other", "value", "range", "")


def _rows(p: Run, q: Run, x: Entry, y: Entry, tolerance: float) -> Iterator[tuple[str, ...]]:
    """A row for each claim that two runs do not state alike."""
    ours, theirs = ({c["name"]: c for c in e.record["claims"]} for e in (x, y))
    for name in sorted(ours.keys() | theirs.keys()):
        c, d = ours.get(name), theirs.get(name)
        if c and d and not _claim(c, d, tolerance):
            continue
        outside = c and d and not (_inside(c["value"], d) and _inside(d["value"], c))
        note = "outside the other's range" if outside else ""
        yield name, *_side(p, c), *_side(q, d), note


def _side(run: Run, claim: dict | None) -> tuple[str, str, str]:
    where = f"{run.tier} {run.device}"
    if claim is None:
        return where, "none", ""
    return where, f"{claim['value']:.6g}", f"{claim['low']:.6g} to {claim['high']:.6g}"


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(HEADS, *rows, strict=True)]
    for row in (HEADS, *rows) if rows else ():
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print(line.rstrip(), markup=False)


def _say_unpaired(
    a: Path, b: Path, first: dict[Run, Entry], second: dict[Run, Entry], paired: set[str]
) -> None:
    here, there = ({run.page for run in found} for found in (first, second))
    for pages, where in (
        (here - there, f"only in {a}"),
        (there - here, f"only in {b}"),
        ((here & there) - paired, "in both, but with other seeds or thread counts"),
    ):
        if pages:
            console.print(f"{where}: {', '.join(sorted(pages))}", markup=False)
