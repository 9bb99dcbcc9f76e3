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
from dataclasses import dataclass, field
from pathlib import Path

from .pages import Page
from .project import SITE_PACKAGE, Project

# The press's own modules whose source decides what a run gives.
RUNNER = ("kernel.py", "worker.py", "pages.py", "warm.py", "matplotlibrc")
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
    """The key of a page before data files are added, and the modules that it counts."""

    value: str
    modules: frozenset[str]
    lock: str


@dataclass
class _Module:
    bare: str  # hash of the code alone
    full: str  # hash of the whole text
    imports: frozenset[str]
    looks: bool


@dataclass
class Analyzer:
    """Computes keys; reads every module of the project at most once."""

    project: Project
    settings: Settings
    _modules: dict[str, _Module | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._packages = frozenset(self.project.packages())
        here = Path(__file__).parent
        self._runner = digest("".join(digest((here / n).read_bytes()) for n in RUNNER))
        self.lock = digest("".join(digest(p.read_bytes()) for p in self.project.lock_files()))

    def key(self, page: Page) -> Key:
        """The key of one page."""
        looks = any(_LOOKS_AT_SOURCE.search(c.source) for c in page.cells)
        modules = self._closure(self._imports_of(page))
        looks = looks or any(m.looks for m in modules.values())
        parts = {
            "runner": self._runner,
            "lock": self.lock,
            "python": platform.python_version(),
            "settings": vars(self.settings),
            "options": page.options,
            "kind": page.kind,
            "cells": [[c.source, sorted(c.tags)] for c in page.cells],
            "modules": {n: m.full if looks else m.bare for n, m in sorted(modules.items())},
        }
        return Key(digest(json.dumps(parts, sort_keys=True)), frozenset(modules), self.lock)

    def _imports_of(self, page: Page) -> set[str]:
        names: set[str] = set()
        for cell in page.cells:
            # Lines of IPython's own ("%magic", "!shell") are not Python.
            lines = [
                "" if x.lstrip().startswith(("%", "!")) else x for x in cell.source.split("\n")
            ]
            try:
                names |= _imports(ast.parse("\n".join(lines)), "", self._packages)
            except SyntaxError:
                pass  # the run will fail and show where
        return names

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
            return _Module(digest(text), digest(text), frozenset(), False)
        imports = frozenset(_imports(tree, package, self._packages))
        looks = bool(_LOOKS_AT_SOURCE.search(text))
        return _Module(digest(_without_docstrings(tree)), digest(text), imports, looks)


def _imports(tree: ast.AST, package: str, packages: frozenset[str]) -> set[str]:
    """Every project module that a tree may import, parents included."""
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
    found = set()
    for name in names:
        parts = name.split(".")
        if parts[0] in packages and parts[0] != SITE_PACKAGE:
            found |= {".".join(parts[:i]) for i in range(1, len(parts) + 1)}
    return found


def _without_docstrings(tree: ast.AST) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                if isinstance(first.value.value, str):
                    node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)
