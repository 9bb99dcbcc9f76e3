"""A small book to run and build: made in a temporary folder, edited by the tests."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent

import pytest

from tests.site.warm import WarmPress
from udlbook_site.keys import Settings
from udlbook_site.project import Project
from udlbook_site.run import Report, read_pages, run

# What the commands print is compared; a runner of CI may ask for colours.
os.environ["NO_COLOR"] = "1"
for wish in ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS"):
    os.environ.pop(wish, None)

CONFIG = """
title: A small book
author: Nobody
only_build_toc_files: true
exclude_patterns: [gallery, src, "auto_gallery/**/*.ipynb"]
execute: {execute_notebooks: "off"}
latex: {use_jupyterbook_latex: false}
html: {use_multitoc_numbering: false}
parse: {myst_enable_extensions: [colon_fence, dollarmath]}
sphinx:
  recursive_update: true
  config:
    extensions: [sphinx_togglebutton, sphinx_copybutton, myst_nb, jupyter_book,
      sphinx_external_toc, sphinx_design, sphinx_book_theme, sphinx_gallery.gen_gallery,
      udlbook_site.sphinx_ext]
    html_math_renderer: udlkatex
    html_copy_source: false
    html_show_sourcelink: false
    suppress_warnings: [etoc.toctree, myst.domains]
    html_theme_options: {use_fullscreen_button: false, use_download_button: false}
    sphinx_gallery_conf: {examples_dirs: gallery, gallery_dirs: auto_gallery,
      write_computation_times: false, notebook_extensions: [], download_all_examples: false,
      show_signature: false, min_reported_time: 1.0e+9, nested_sections: false}
"""
TOC = """
format: jb-book
root: index
chapters:
  - glob: book/*
  - file: auto_gallery/index
    sections:
      - glob: auto_gallery/*/plot_*
"""
HEAD = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
---
"""


class Book:
    """A book in a folder, with the few things that tests do to it."""

    press: WarmPress

    def __init__(self, root: Path, executor: ThreadPoolExecutor) -> None:
        self.root = root
        self.project = Project(root)
        self.executor = executor

    def write(self, path: str, text: str) -> Path:
        """Write a file, its text dedented."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text).lstrip("\n"), "utf8")
        return place

    def page(self, name: str, *cells: str, text: str = "", tags: str = "") -> Path:
        """Write a chapter with these code cells."""
        option = f":tags: [{tags}]\n" if tags else ""
        blocks = [f"```{{code-cell}} ipython3\n{option}{dedent(c).strip()}\n```\n" for c in cells]
        body = "\n".join([f"# {name.title()}\n", text, *blocks])
        place = self.root / "book" / f"{name}.md"
        place.parent.mkdir(exist_ok=True)
        place.write_text(HEAD + body, "utf8")
        return place

    def script(self, name: str, code: str) -> Path:
        """Write a gallery script that draws one figure with this code before it."""
        return self.write(
            f"gallery/topic/plot_{name}.py",
            f'"""\nA figure called {name}\n{"=" * 40}\n\nMessage.\n\n'
            f".. alt: A straight line goes up from left to right.\n"
            f'"""\n\n# %%\n# **Compute.**\n{code}\n\n# %%\n# **Draw.**\n'
            "import matplotlib.pyplot as plt\n\nfig, ax = plt.subplots()\nax.plot([1, 2])\n",
        )

    def run(self, **settings) -> Report:
        """Run what is stale, in this process's own threads: kernels are still processes."""
        pages = read_pages(self.project)
        return run(self.project, pages, Settings(**settings), jobs=2, executor=self.executor)

    def ran(self, **settings) -> set[str]:
        """The names of the pages that a run had to run; none may fail."""
        report = self.run(**settings)
        assert not report.failures, report.failures
        return set(report.ran)

    def command(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run the command line, as a user does."""
        return self.press.run(*arguments, cwd=self.root)

    def served(self, name: str) -> str:
        """The text of a published page."""
        return (self.project.site / name).read_text("utf8")


@pytest.fixture(scope="session", autouse=True)
def press(tmp_path_factory):
    Book.press = WarmPress(tmp_path_factory.mktemp("press"))
    yield
    Book.press.close()


@pytest.fixture(scope="session")
def executor():
    with ThreadPoolExecutor(2) as threads:
        yield threads


def start(made: Book) -> None:
    """An empty book: configuration, a landing page, a package with three modules."""
    made.write("_config.yml", CONFIG)
    made.write("_toc.yml", TOC)
    made.write("index.md", "# A small book\n\nHello.\n")
    made.write("requirements/lock.txt", "numpy==1\n")
    made.write("src/toy/__init__.py", '"""A package."""\n')
    made.write("src/toy/deep.py", '"""Deep."""\n\nVALUE = 3\n')
    made.write("src/toy/through.py", "from .deep import VALUE\n\nDOUBLE = 2 * VALUE\n")
    made.write("src/toy/other.py", "A = 1\n")
    made.write("gallery/GALLERY_HEADER.rst", "Figures\n=======\n\nAll of them.\n")
    made.write("gallery/topic/GALLERY_HEADER.rst", "Topic\n-----\n\nOne topic.\n")


@pytest.fixture
def book(tmp_path, executor) -> Book:
    """An empty book in a folder of its own."""
    made = Book(tmp_path, executor)
    start(made)
    return made


@pytest.fixture(scope="session")
def built_once(tmp_path_factory, executor):
    """A book with a chapter and a figure, built and published."""
    book = Book(tmp_path_factory.mktemp("book"), executor)
    start(book)
    book.page("one", "from toy.deep import VALUE\nprint('value', VALUE)", text="Words.")
    book.script("line", "from toy.other import A\nprint('A is', A)")
    done = book.command("build")
    assert done.returncode == 0, done.stdout + done.stderr
    return book.root


@pytest.fixture
def built(built_once, tmp_path, executor):
    """A copy of the built book, to be edited."""
    shutil.copytree(built_once, tmp_path / "book", symlinks=True)
    return Book(tmp_path / "book", executor)
