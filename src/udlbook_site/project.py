"""Where things are in a book, and which files its pages are."""

import os
from dataclasses import dataclass
from pathlib import Path

SITE_PACKAGE = "udlbook_site"
# The type of output in which a page states a number: udlbook.claims.MIME. The press imports not
# the package itself, so that no kernel finds it loaded; a test holds the two together.
CLAIM = "application/vnd.udlbook.claim+json"


class PressError(Exception):
    """Something the press cannot go on from; the message says what to do next."""


@dataclass(frozen=True)
class Project:
    """The folders of one book.

    Attributes:
        root: The folder that holds ``_config.yml`` and ``_toc.yml``.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        """The project around ``start`` (default: the current folder).

        Raises:
            PressError: If no folder from there upwards holds ``_config.yml``.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / "_config.yml").is_file():
                return cls(folder)
        raise PressError(
            f"no book here: expected _config.yml in {start} or above it. "
            "Run the command inside the book's folder, or give --root."
        )

    @property
    def build(self) -> Path:
        """All that the press writes."""
        return self.root / "_build"

    @property
    def store(self) -> Path:
        """Executed pages."""
        return self.build / "store"

    @property
    def site(self) -> Path:
        """The published site: a link to the folder of the last good build."""
        return self.build / "html"

    @property
    def sources(self) -> Path:
        """Where the project's own packages live."""
        return self.root / "src"

    def packages(self) -> list[str]:
        """The project's import packages, the press itself left out."""
        if not self.sources.is_dir():
            return []
        return sorted(
            p.name
            for p in self.sources.iterdir()
            if (p / "__init__.py").is_file() and p.name != SITE_PACKAGE
        )

    def lock_files(self) -> list[Path]:
        """The files that pin the environment."""
        return [
            p
            for p in (self.root / "requirements" / n for n in ("lock.txt", "torch.txt"))
            if p.is_file()
        ]

    def page_files(self) -> list[Path]:
        """Every text page and gallery script, relative to the root, in a fixed order."""
        found = [p for p in self.root.glob("*.md") if p.name == "index.md"]
        for folder, pattern in (("book", "*.md"), ("gallery", "plot_*.py")):
            for base, folders, names in os.walk(self.root / folder):
                folders[:] = [f for f in folders if not f.startswith((".", "_"))]
                found += [Path(base, n) for n in names if Path(n).match(pattern)]
        return sorted(p.relative_to(self.root) for p in found)
