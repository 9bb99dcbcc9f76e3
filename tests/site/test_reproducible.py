"""Oracle: a walk over two built sites with hashlib, their files made by two processes that share
no folder, language, time zone, file mask or order of sets."""

import os
import shutil
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.site.conftest import HEAD, Book, start
from tests.site.twice import ROOT, differing, tree, two_surroundings
from udlbook_site.project import Project
from udlbook_site.render import _epoch

CHAPTER = """\
(one)=
# One

Words, a formula $a^2 + b_{ij}$, a number {claim}`a.b`, and {cite}`baydin2018automatic`.

```{code-cell} ipython3
from udlbook.claims import claim
from toy.deep import VALUE
claim("a.b", 0.25, low=0, high=1, source="me", fmt=".1%")
print({"red", "green", "blue"}, VALUE)
```

```{code-cell} ipython3
---
mystnb: {image: {alt: A straight line that goes up from left to right.}}
---
import matplotlib.pyplot as plt
plt.plot([1, 2], label="a")
plt.legend();
```

$$
\\int_0^1 x \\, dx
$$ (half)

See {eq}`half` and {ref}`the line <fig-line>`.

:::{gallery-figure} topic/plot_line
:name: fig-line
A caption.
:::

````{exercise-start} A sum
:label: ex-sum
````
```{code-cell} ipython3
:tags: [exercise-stub]
from udlbook.exercises import Incorrect
raise Incorrect("try again")
```
````{exercise-end}
````

````{solution-start} ex-sum
:label: sol-sum
:class: dropdown
````
Ten.
````{solution-end}
````
"""
REFERENCE = """\
# Reference

```{eval-rst}
As of |today|.

.. automodule:: udlbook.claims
   :members:
```

```{claims-table}
```

```{bibliography}
```
"""
WHEN = "2001-02-03T20:00:00+00:00"  # in the far time zone it is the fourth
TOC = """
format: jb-book
root: index
chapters:
  - file: book/one
  - file: book/reference/results
  - file: auto_gallery/index
    sections:
      - glob: auto_gallery/*/plot_*
"""


def small_book(folder, executor):
    """A small book with every feature of the real one, and its configuration, committed."""
    book = Book(folder, executor)
    start(book)
    for name in ("_config.yml", "book/_static", "book/_templates", "book/references.bib"):
        (folder / name).parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "src" / "udlbook", folder / "src" / "udlbook")
    shutil.copytree(ROOT / "src" / "udlbook_site", folder / "src" / "udlbook_site")
    book.write("_toc.yml", TOC)
    book.write("book/one.md", HEAD + CHAPTER)
    book.write("book/reference/results.md", REFERENCE)
    book.script("line", "from toy.other import A\nprint('A is', A)")
    book.script("other", "x = 1")
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", folder]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        when = {"GIT_AUTHOR_DATE": WHEN, "GIT_COMMITTER_DATE": WHEN}
        subprocess.run([*git, *command], check=True, env={**os.environ, **when})


@pytest.fixture(scope="module")
def places(tmp_path_factory, executor):
    """Two builds of the small book, at the same time and in different surroundings."""
    places = two_surroundings(tmp_path_factory.mktemp("twice"))
    for place in places:
        small_book(place.folder, executor)
    with ThreadPoolExecutor(2) as both:
        for done in both.map(lambda place: place.command("build", "--device", "cpu"), places):
            assert done.returncode == 0, done.stdout + done.stderr
    return places


def sites(places):
    return [(place.folder / "_build" / "html").resolve() for place in places]


def test_two_builds_differ_in_no_file(places):
    one, other = sites(places)
    assert differing(one, other) == []
    assert len(tree(one)) > 50


def test_published_files_may_be_read_by_a_web_server(places):
    for site in sites(places):
        modes = {mode for name, (mode, _) in tree(site).items()}
        assert modes == {oct(stat.S_IFREG | 0o644), oct(stat.S_IFDIR | 0o755)}
        assert stat.S_IMODE(site.stat().st_mode) == 0o755


def test_a_page_tells_the_date_of_the_commit_and_no_file_that_of_the_build(places):
    for site in sites(places):
        assert "As of Feb 03, 2001." in (site / "book/reference/results.html").read_text("utf8")
        assert "Copyright 2001." in (site / "index.html").read_text("utf8")
        built = {
            time.gmtime(),
            time.gmtime(time.time() + 14 * 3600),
            time.gmtime(time.time() - 60),
        }
        shapes = "%Y-%m-%d", "%Y%m%d", "%b %d, %Y", "%d %b %Y", "%B %d, %Y", "%d %B %Y"
        dates = {time.strftime(shape, now).encode() for shape in shapes for now in built}
        for path in site.rglob("*.*"):
            if path.is_file():
                assert not [d for d in dates if d in path.read_bytes()], path


def test_no_file_names_the_folder_it_was_built_in(places):
    for place, site in zip(places, sites(places), strict=True):
        base = str(place.folder.parent).encode()
        assert [p for p in site.rglob("*.*") if p.is_file() and base in p.read_bytes()] == []


def test_sources_without_a_commit_have_a_fixed_date(tmp_path):
    assert time.strftime("%F %T", time.gmtime(int(_epoch(Project(tmp_path))))) == (
        "2026-01-01 00:00:00"
    )


def test_the_walk_sees_a_byte_a_mode_and_a_missing_file(tmp_path):
    for side in ("a", "b"):
        for name in ("same", "byte", "mode"):
            path = tmp_path / side / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
    (tmp_path / "b/in/byte").write_text("Byte")
    (tmp_path / "b/in/mode").chmod(0o600)
    (tmp_path / "b/in/more").mkdir()
    found = differing(tmp_path / "a", tmp_path / "b")
    assert found == ["in/byte", "in/mode", "in/more"]
