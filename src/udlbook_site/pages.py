"""What a page is: a chapter in MyST Markdown or a gallery script, read as a list of code cells.

The reader here is a small scanner of top-level ``{code-cell}`` fences, so that a thousand pages
are read in well under a second. The renderer compares its own reading with what was run, and
stops if they ever differ.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from .project import PressError, Project

CHAPTER, FIGURE = "chapter", "figure"
STUB = "exercise-stub"
# Tags that change how a cell runs; all others only change how it looks.
RUN_TAGS = frozenset({STUB, "raises-exception", "skip-execution"})

_FENCE = re.compile(r"(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_CELL = re.compile(r"\{code-cell\}")
_GALLERY_CELL = re.compile(r"# ?%%|#{20,}")


@dataclass(frozen=True)
class Cell:
    """A code cell: its source, the tags that change how it runs, and its line in the file."""

    source: str
    tags: frozenset[str]
    line: int


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        path: Relative to the project's root.
        kind: ``"chapter"`` or ``"figure"``.
        cells: Its code cells, in order.
        options: The ``udlbook:`` block of its front matter: ``seconds`` (a guess of the running
            time, for scheduling), ``timeout`` (seconds a cell), ``page_timeout``, ``memory`` in
            GiB.
    """

    path: Path
    kind: str
    cells: tuple[Cell, ...]
    options: dict

    @property
    def name(self) -> str:
        """What the press calls it: its path, without the ending, with forward slashes."""
        return self.path.with_suffix("").as_posix()


def read_page(project: Project, path: Path) -> Page:
    """Read one page from its file.

    Raises:
        PressError: If its front matter or a cell's options are not YAML.
    """
    text = (project.root / path).read_text("utf8")
    if path.suffix == ".py":
        return Page(path, FIGURE, _gallery_cells(text), {})
    front, body_line = _front_matter(text, path)
    return Page(path, CHAPTER, _chapter_cells(text, body_line, path), front.get("udlbook") or {})


def read_pages(project: Project) -> list[Page]:
    """Every page of the project that has code to run."""
    pages = (read_page(project, path) for path in project.page_files())
    return [page for page in pages if page.cells]


def _front_matter(text: str, path: Path) -> tuple[dict, int]:
    if not text.startswith("---\n"):
        return {}, 0
    end = text.find("\n---\n", 3)
    if end < 0:
        raise PressError(f"{path}: the front matter has no closing '---' line. Add it.")
    return _yaml(text[4 : end + 1], path, 1) or {}, text.count("\n", 0, end + 5)


def _yaml(text: str, path: Path, line: int) -> dict:
    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        where = " ".join(str(error).split())
        raise PressError(f"{path}:{line}: expected YAML; {where}") from None


def _chapter_cells(text: str, first: int, path: Path) -> tuple[Cell, ...]:
    cells = []
    lines = text.split("\n")
    i = first
    while i < len(lines):
        opening = _FENCE.match(lines[i])
        if not opening:
            i += 1
            continue
        fence = opening["fence"]
        end = _closing(lines, i + 1, fence)
        if _CELL.match(opening["info"]):
            cells.append(_chapter_cell(lines[i + 1 : end], i + 2, path))
        i = end + 1  # a fence hides what is inside it, as it does for the renderer
    return tuple(cells)


def _closing(lines: list[str], i: int, fence: str) -> int:
    """The line that closes a fence: the same character, at least as often, alone."""
    while i < len(lines):
        bare = lines[i].strip()
        if len(bare) >= len(fence) and set(bare) == {fence[0]}:
            return i
        i += 1
    return i


def _chapter_cell(body: list[str], line: int, path: Path) -> Cell:
    options: dict = {}
    start = 0
    if body and body[0].rstrip() == "---":
        start = next((k for k, x in enumerate(body[1:], 1) if x.rstrip() == "---"), 0) + 1
        options = _yaml("\n".join(body[1 : start - 1]), path, line) or {}
    else:
        while start < len(body) and re.match(r":[\w-]+:", body[start]):
            key, _, value = body[start][1:].partition(":")
            options[key] = _yaml(value, path, line + start)
            start += 1
    while start < len(body) and not body[start].strip():
        start += 1
    source = "\n".join(body[start:]).rstrip()
    tags = options.get("tags") or []
    return Cell(
        source, RUN_TAGS.intersection([tags] if isinstance(tags, str) else tags), line + start
    )


def _gallery_cells(text: str) -> tuple[Cell, ...]:
    """The code blocks that sphinx-gallery makes of a script."""
    lines = text.split("\n")
    code_from = _after_docstring(lines)
    cells, block, start = [], [], code_from
    in_text = False
    for number, line in enumerate(lines[code_from:], code_from):
        if _GALLERY_CELL.match(line):
            cells.append((block, start))
            block, start, in_text = [], number + 1, True
        elif in_text and line.startswith("#"):
            start = number + 1
        else:
            in_text = False
            block.append(line)
    cells.append((block, start))
    none = frozenset()
    return tuple(
        Cell("\n".join(b).strip("\n"), none, n + 1) for b, n in cells if "\n".join(b).strip()
    )


def _after_docstring(lines: list[str]) -> int:
    opening = next((i for i, x in enumerate(lines) if x.strip()), 0)
    quote = re.match(r"[rR]?(\"\"\"|''')", lines[opening]) if lines else None
    if not quote:
        return 0
    if lines[opening].rstrip().endswith(quote[1]) and len(lines[opening].strip()) > 5:
        return opening + 1
    return next((i for i in range(opening + 1, len(lines)) if quote[1] in lines[i]), opening) + 1
