"""The press against its bounds, on books of 10, 100 and 1,000 synthetic pages.

The bound of a cold run is the sum of all cell seconds divided by the number of workers, plus one
start of a kernel: nothing that runs every cell once is faster. Each page computes for a given time
with NumPy on one thread, and imports up to three of forty modules, which import one another; which
pages an edit makes stale is known from the graph that was drawn, not from reading the files.

Run: ``python benchmarks/press.py [--seconds S] [PAGES ...]``
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from udlbook_site.keys import Settings
from udlbook_site.pages import read_pages
from udlbook_site.progress import console
from udlbook_site.project import Project
from udlbook_site.run import default_jobs, lookup, run

MODULES, PART = 40, 20  # modules of the book; pages of a part
CONFIG = """
title: synthetic
author: nobody
only_build_toc_files: true
execute: {execute_notebooks: "off"}
latex: {use_jupyterbook_latex: false}
html: {use_multitoc_numbering: false}
sphinx:
  recursive_update: true
  config:
    extensions: [sphinx_togglebutton, sphinx_copybutton, myst_nb, jupyter_book,
      sphinx_external_toc, sphinx_design, sphinx_book_theme, udlbook_site.sphinx_ext]
    html_math_renderer: udlkatex
    html_copy_source: false
    html_show_sourcelink: false
    suppress_warnings: [etoc.toctree, myst.domains]
    html_theme_options:
      {use_fullscreen_button: false, use_download_button: false, collapse_navbar: true}
"""
PAGE = """---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
kernelspec: {{name: python3, display_name: Python 3}}
---
# Page {number}

A page of text and code.

```{{code-cell}} ipython3
import time
import numpy as np
{imports}
```

Then it computes, $x \\mapsto \\tanh(x x^\\top / n)$.

```{{code-cell}} ipython3
end = time.thread_time() + {seconds}
a = np.random.default_rng({number}).normal(size=(200, 200))
while time.thread_time() < end:
    a = np.tanh(a @ a / 200)
print({values})
```
"""
# Runs a command of the press, then prints the largest memory that its own process held.
COMMAND = """
import resource, sys
from udlbook_site.cli import app
code = app(sys.argv[1:], standalone_mode=False)
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
sys.exit(code)
"""


class Book:
    """A synthetic book, and what it is known to depend on.

    Args:
        root: An empty folder.
        pages: How many pages.
        seconds: Computing time of each.
    """

    def __init__(self, root: Path, pages: int, seconds: float) -> None:
        rng = np.random.default_rng(pages)
        self.project = Project(root)
        self.seconds = seconds
        # Module i imports up to three earlier ones, so that there is no circle.
        self.imports = [set(rng.integers(i, size=min(i, 3)).tolist()) for i in range(MODULES)]
        self.used = [set(rng.integers(MODULES, size=3).tolist()) for _ in range(pages)]
        for folder in ("src/synthetic", "book", "gallery"):
            (root / folder).mkdir(parents=True)
        (root / "_config.yml").write_text(CONFIG)
        contents = "format: jb-book\nroot: index\nchapters:\n"
        for part in range(0, pages, PART):
            name = f"book/part_{part:04}"
            (root / f"{name}.md").write_text(f"# Part {part // PART + 1}\n\nSome pages.\n")
            contents += f"  - file: {name}\n    sections:\n"
            for number in range(part, min(part + PART, pages)):
                contents += f"      - file: book/page_{number:04}\n"
        (root / "_toc.yml").write_text(contents)
        (root / "index.md").write_text("# Synthetic\n\nA book.\n")
        (root / "src/synthetic/__init__.py").write_text("")
        for number in range(MODULES):
            self.write_module(number)
        for number in range(pages):
            self.write_page(number)

    def write_module(self, number: int, value: int = 0) -> None:
        """Write a module that holds a value."""
        lines = [f"from . import module_{other}" for other in sorted(self.imports[number])]
        path = self.project.root / f"src/synthetic/module_{number}.py"
        path.write_text("\n".join([*lines, f"VALUE = {value}", ""]))

    def write_page(self, number: int, more: str = "") -> None:
        """Write a page."""
        names = [f"module_{other}" for other in sorted(self.used[number])]
        text = PAGE.format(
            number=number,
            seconds=self.seconds,
            imports="\n".join(f"from synthetic import {n}" for n in names),
            values=", ".join(f"{n}.VALUE" for n in names) + more,
        )
        (self.project.root / f"book/page_{number:04}.md").write_text(text)

    def readers(self, module: int) -> set[str]:
        """The pages that depend on a module: the truth."""
        above = {module}
        for number in range(module + 1, MODULES):
            if self.imports[number] & above:
                above.add(number)
        return {f"book/page_{n:04}" for n, used in enumerate(self.used) if used & above}

    def command(self, *arguments: str) -> tuple[float, float, str]:
        """Seconds, the process's peak memory in MiB, and what a command of the press printed."""
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *arguments, "--device", "cpu"],
            cwd=self.project.root,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - begun
        assert done.returncode == 0, done.stdout + done.stderr
        return seconds, float(re.findall(r"^peak (.+)", done.stdout, re.M)[0]), done.stdout


def kernel_start() -> float:
    """Seconds from nothing to the end of a run of one page that computes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        book = Book(Path(folder), 1, 0)
        return run(book.project, read_pages(book.project), Settings(), jobs=1).seconds


def measure(pages: int, seconds: float, start: float) -> dict[str, float]:
    """Every figure of one size of book."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        book = Book(Path(folder), pages, seconds)
        report = run(book.project, read_pages(book.project), Settings())
        assert not report.failures, report.failures
        cells = sum(sum(e.record["cell_seconds"]) for e in report.entries.values())
        found["cold run / bound"] = report.seconds / (cells / default_jobs() + start)
        begun = time.perf_counter()
        _, stale = lookup(book.project, Settings())
        found["deciding what is stale, s"] = time.perf_counter() - begun
        assert not stale
        true_positives = positives = truth = 0
        for module in range(MODULES):
            book.write_module(module, value=1)
            stale_names = {page.name for page in lookup(book.project, Settings())[1]}
            readers = book.readers(module)
            true_positives += len(stale_names & readers)
            positives, truth = positives + len(stale_names), truth + len(readers)
            book.write_module(module)
        found["edited module: precision"] = true_positives / positives
        found["edited module: recall"] = true_positives / truth
        rendered, found["peak memory of rendering, MiB"], _ = book.command("render")
        found["rendering all, s"] = rendered
        found["rendering, s a page"] = rendered / pages
        again, found["peak memory of a build, MiB"], said = book.command("build")
        assert "nothing changed" in said and "rendering" not in said, said
        found["build, nothing changed, s"] = again
        book.write_page(pages // 2, more=", 'edited'")
        edited, _, said = book.command("build")
        assert f"1 pages ran, {pages - 1} were in the store" in said
        found["build, one page edited, s"] = edited
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", type=int, nargs="*", default=[10, 100])
    parser.add_argument("--seconds", type=float, default=1.0, help="computing time of a page")
    given = parser.parse_args()
    console.quiet = True
    start = statistics.median(kernel_start() for _ in range(3))
    jobs = default_jobs()
    print(f"pages of {given.seconds:g} s, {jobs} workers; a kernel starts in {start:.2f} s")
    columns = {}
    for pages in given.pages:
        columns[pages] = measure(pages, given.seconds, start)
    print(f"{'':32}" + "".join(f"{pages:>10} pages" for pages in columns))
    for name in next(iter(columns.values())):
        print(f"{name:32}" + "".join(f"{column[name]:16.3f}" for column in columns.values()))
    print("to reach: cold run 1.15, staleness of 1,000 pages 1 s, precision and recall 1")


if __name__ == "__main__":
    main()
