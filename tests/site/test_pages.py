"""Oracles: MyST-NB's own reading of a chapter and sphinx-gallery's own splitting of a script."""

from pathlib import Path

import pytest
from myst_nb.core.read import read_myst_markdown_notebook
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

from tests.site.conftest import HEAD
from udlbook_site.pages import read_page
from udlbook_site.project import PressError, Project

# ruff: noqa: E501
CHAPTERS = {
    "plain": "# T\n```{code-cell}\nx = 1\n```\nwords\n```{code-cell} ipython3\ny = 2\n```\n",
    "tilde": "~~~{code-cell}\nx = '```'\n~~~\n",
    "long fence": "````{code-cell}\n'''\n```\n'''\n````\n",
    "options": "```{code-cell}\n:tags: [hide-input, raises-exception]\n\nx = 1\n```\n",
    "yaml": "```{code-cell}\n---\ntags: [hide-input]\nmystnb:\n  image: {alt: a b}\n---\nx = 1\n```\n",
    "shown, not run": "````md\n```{code-cell}\nno = 1\n```\n````\n\n```{code-cell}\nyes = 1\n```\n",
    "in a colon fence": ":::{note}\n```{code-cell}\nalso = 1\n```\n:::\n\n```{code-cell}\nyes = 1\n```\n",
    "gated": "````{exercise-start} A\n:label: a\n````\n```{code-cell}\nx = 1\n```\n````{exercise-end}\n````\n",
    "blank lines": "```{code-cell}\n\n\nx = 1\n\ny = 2\n\n```\n",
    "python fence": "```python\nno = 1\n```\n```{code-cell}\nyes = 1\n```\n",
}
SCRIPTS = {
    "plain": '"""\nTitle\n=====\nWords.\n"""\n# %%\n# Text.\n# More.\nx = 1\n\n# a comment\ny = 2\n# %%\nz = 3\n',
    "raw": 'r"""\nTitle\n=====\n"""\nimport os\n\nx = 1\n',
    "hashes": '"""\nTitle\n=====\n"""\nx = 1\n####################\n# Text.\ny = 2\n',
    "text only": '"""\nTitle\n=====\n"""\nx = 1\n# %%\n# Only text.\n\n# %%\n# More text.\ny = 2\n',
}


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_is_read_as_the_renderer_reads_it(tmp_path, name):
    text = HEAD + CHAPTERS[name]
    (tmp_path / "a.md").write_text(text)
    cells = read_page(Project(tmp_path), Path("a.md")).cells
    notebook = read_myst_markdown_notebook(text, add_source_map=True)
    theirs = [c for c in notebook.cells if c.cell_type == "code"]
    assert [c.source.strip() for c in cells] == [c.source.strip() for c in theirs]
    for mine, other in zip(cells, theirs, strict=True):
        shared = {"raises-exception", "skip-execution", "exercise-stub"}
        assert mine.tags == shared & set(other.metadata.get("tags", []))
        assert text.splitlines()[mine.line - 1] == mine.source.splitlines()[0]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_split_as_sphinx_gallery_splits_it(tmp_path, name):
    (tmp_path / "plot_a.py").write_text(SCRIPTS[name])
    cells = read_page(Project(tmp_path), Path("plot_a.py")).cells
    blocks = split_code_and_text_blocks(str(tmp_path / "plot_a.py"))[1]
    theirs = [b.content.strip() for b in blocks if b.type == "code" and b.content.strip()]
    assert [c.source.strip() for c in cells] == theirs


def test_every_page_of_this_book_is_read_as_the_renderer_reads_it():
    project = Project.find(Path(__file__).parent)
    for path in project.page_files():
        mine = [c.source.strip() for c in read_page(project, path).cells]
        file = project.root / path
        if path.suffix == ".md":
            if "{code-cell}" not in file.read_text():
                continue
            notebook = read_myst_markdown_notebook(file.read_text())
            theirs = [c.source.strip() for c in notebook.cells if c.cell_type == "code"]
        else:
            blocks = split_code_and_text_blocks(str(file))[1]
            theirs = [b.content.strip() for b in blocks if b.type == "code" and b.content.strip()]
        assert mine == theirs, path


def test_options_of_a_page_are_read_from_its_front_matter(tmp_path):
    text = "---\nudlbook: {seconds: 90}\n---\n```{code-cell}\nx = 1\n```\n"
    (tmp_path / "a.md").write_text(text)
    assert read_page(Project(tmp_path), Path("a.md")).options == {"seconds": 90}


@pytest.mark.parametrize("text", ["---\na: [1\n---\n", "---\nnever closed\n"])
def test_broken_front_matter_is_named(tmp_path, text):
    (tmp_path / "a.md").write_text(text)
    with pytest.raises(PressError, match=r"a\.md"):
        read_page(Project(tmp_path), Path("a.md"))
