"""The key of a page: a hash of all that can change its outputs, known before it runs.

Counted are the page's code cells, the source of every module of the project that they import,
directly or through others, the lock files, the tier, the device, the Python version, the seed and
the runner's own source. Not counted are prose, comments and docstrings: they change no output.
A page that looks at docstrings or at source text is keyed on the full source instead.

Data files are added by what a run really opened (see ``store``), so nothing has to be declared.
"""

import ast
import hashlib
import json
import platform
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from .pages import Page
from .project import SITE_PACKAGE, Project

# The press's own modules whose source decides what a run gives.
RUNNER = ("kernel.py", "worker.py", "pages.py", "published.py", "warm.py", "matplotlibrc")
# A page with one of these words may print docstrings or source.
_LOOKS_AT_SOURCE = re.compile(
    r"\bhelp\(|__doc__|\bgetdoc\b|\bgetsource|\bgetcomments\b|\?\s*$", re.M
)


def digest(data: bytes | str) -> str:
    """SHA-256, as 64 hexadecimal digits."""
    return hashlib.sha256(data.encode("utf8") if isinstance(data, str) else data).hexdigest()


@dataclass(frozen=True)
class Settings:
    """What a run depends on besides its sources."""

    tier: str = "small"
    device: str = "cpu"
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True)
class Key:
    """The key of a page before data files are added, and what it stands for.

    Attributes:
        value: The key.
        modules: Modules of the project that it counts.
        settings: What the page runs with: on the CPU unless it imports torch.
        lock: Hash of the lock files.
        torch: Whether the page, or a module that it counts, imports torch.
    """

    value: str
    modules: frozenset[str]
    settings: Settings
    lock: str
    torch: bool


@dataclass
class _Module:
    bare: str  # hash of the code alone
    full: str  # hash of the whole text
    imports: frozenset[str]
    looks: bool
    torch: bool


@dataclass
class Analyzer:
    """Computes keys; reads every module of the project at most once."""

    project: Project
    settings: Settings
    _modules: dict[str, _Module | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._packages = frozenset(self.project.packages())
        here = Path(__file__).parent
        self.runner = digest("".join(digest((here / n).read_bytes()) for n in RUNNER))
        self.lock = digest("".join(digest(p.read_bytes()) for p in self.project.lock_files()))

    def key(self, page: Page) -> Key:
        """The key of one page."""
        looks = any(_LOOKS_AT_SOURCE.search(c.source) for c in page.cells)
        names, torch = self._imports_of(page)
        modules = self._closure(names)
        settings = self.settings
        torch = torch or any(m.torch for m in modules.values())
        if not torch:
            settings = replace(settings, device="cpu")  # NumPy computes nowhere else
        looks = looks or any(m.looks for m in modules.values())
        parts = {
            "runner": self.runner,
            "lock": self.lock,
            "python": platform.python_version(),
            "settings": vars(settings),
            "options": page.options,
            "kind": page.kind,
            "cells": [[c.source, sorted(c.tags)] for c in page.cells],
            "modules": {n: m.full if looks else m.bare for n, m in sorted(modules.items())},
        }
        value = digest(json.dumps(parts, sort_keys=True))
        return Key(value, frozenset(modules), settings, self.lock, torch)

    def _imports_of(self, page: Page) -> tuple[set[str], bool]:
        names: set[str] = set()
        torch = False
        for cell in page.cells:
            # Lines of IPython's own ("%magic", "!shell") are not Python.
            lines = [
                "" if x.lstrip().startswith(("%", "!")) else x for x in cell.source.split("\n")
            ]
            try:
                tree = ast.parse("\n".join(lines))
            except SyntaxError:
                continue  # the run will fail and show where
            found = _imported(tree, "")
            names |= self._own(found)
            torch |= _has_torch(found)
        return names, torch

    def _own(self, names: set[str]) -> set[str]:
        """Of imported names those that may be modules of the project, and their parents."""
        split = (name.split(".") for name in names)
        return {
            ".".join(parts[:i])
            for parts in split
            if parts[0] in self._packages and parts[0] != SITE_PACKAGE
            for i in range(1, len(parts) + 1)
        }

    def _closure(self, names: set[str]) -> dict[str, _Module]:
        found: dict[str, _Module] = {}
        todo = set(names)
        while todo:
            name = todo.pop()
            if name in found:
                continue
            module = self._module(name)
            if module is not None:
                found[name] = module
                todo |= module.imports
        return found

    def _module(self, name: str) -> _Module | None:
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def _read(self, name: str) -> _Module | None:
        base = self.project.sources.joinpath(*name.split("."))
        is_package = (base / "__init__.py").is_file()
        path = base / "__init__.py" if is_package else base.with_suffix(".py")
        if not path.is_file():
            return None
        text = path.read_text("utf8")
        package = name if is_package else name.rpartition(".")[0]
        try:
            tree = ast.parse(text)
        except SyntaxError:  # the run will fail and show where
            return _Module(digest(text), digest(text), frozenset(), False, False)
        found = _imported(tree, package)
        looks = bool(_LOOKS_AT_SOURCE.search(text))
        bare = digest(_without_docstrings(tree))
        return _Module(bare, digest(text), frozenset(self._own(found)), looks, _has_torch(found))


def _has_torch(names: set[str]) -> bool:
    return any(name == "torch" or name.startswith("torch.") for name in names)


def _imported(tree: ast.AST, package: str) -> set[str]:
    """Every name that a tree imports, made absolute; some name things in modules."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, *([base] if base else [])])
            names.add(base)
            # What is imported may be a module or a thing in one; a thing is found to be none.
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def _without_docstrings(tree: ast.AST) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                if isinstance(first.value.value, str):
                    node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)
