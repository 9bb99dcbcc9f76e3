"""Oracles: nbformat's own schema, markdown-it as a reader of Markdown, the page's own cells."""

import json
import subprocess
import sys

import nbformat
from markdown_it import MarkdownIt

from tests.site.conftest import CONFIG, Book

TEXT = r"""
Words *lean* and **stand**, `co*de`, a star \*like this\* and an under_score, $a_1 < b$.
See {eq}`eq-one`, {numref}`fig-one`, [the end](#the-end) and [elsewhere](https://other.invalid/).

$$ a &= b \\ c &= d $$ (eq-one)

| name | value |
|---|---|
| a\|b | $x$ |

1. First.
2. Second,
   on two lines.

   - Within.

> Said by others.

```text
not run
```

```{figure} square.svg
:name: fig-one
:alt: A square that is black and has four sides.
A *square*.
```

```{code-cell} ipython3
x = 1
print("one")
```

````{exercise-start}
:label: ex-one
````

Make it two.

```{code-cell} ipython3
x += 1
```

````{exercise-end}
````

(the-end)=
## The end

```{code-cell} ipython3
from udlbook.claims import claim
claim("small.x", x, low=2, high=2, source="by hand")
```

It is {claim}`small.x`.
"""


def make(book: Book) -> None:
    config = CONFIG.replace(
        "udlbook_site.sphinx_ext]", "sphinx_exercise, udlbook_site.sphinx_ext]"
    ).replace("html: {", "html: {baseurl: https://example.org/b/latest/, ")
    book.write("_config.yml", config.replace("    html_copy", "    numfig: true\n    html_copy"))
    book.page("one", text=TEXT)
    book.page("two", text="No code.")
    book.write("book/reference/results.md", "# Results\n\n```{claims-table}\n```\n")
    toc = (book.root / "_toc.yml").read_text("utf8")
    book.write("_toc.yml", toc.replace("chapters:", "chapters:\n  - file: book/reference/results"))
    book.script("line", "x = 1")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'
    book.write("book/square.svg", svg)


def test_a_page_is_taken_away_as_a_notebook(book):
    make(book)
    built = book.command("build")
    assert built.returncode == 0, built
    page = book.served("book/one.html")
    assert 'href="../_notebooks/book/one.ipynb" download' in page
    assert "_notebooks" not in book.served("book/two.html")
    full = json.loads(book.served("_notebooks/book/one-outputs.ipynb"))
    bare = json.loads(book.served("_notebooks/book/one.ipynb"))
    for made in (full, bare):
        nbformat.validate(made)
    code = [c for c in full["cells"] if c["cell_type"] == "code"]
    assert [c["source"].splitlines()[0] for c in code] == [
        "x = 1",
        "x += 1",
        "from udlbook.claims import claim",
    ]
    assert code[0]["outputs"][0]["text"] == "one\n"
    assert list(code[2]["outputs"][0]["data"]) == ["text/plain"]
    assert all(c.get("outputs", []) == [] for c in bare["cells"])
    sources = [c["source"] for c in bare["cells"]]
    assert sources == [c["source"] for c in full["cells"]]
    # what runs on the page runs from the notebook
    program = "\n".join(c["source"] for c in code)
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)

    first, exercise, end, after = (c["source"] for c in full["cells"] if c["cell_type"] != "code")
    read = MarkdownIt("commonmark").enable("table").render(first)
    home = "https://example.org/b/latest/book/one.html"
    for part in (
        "<h1>One</h1>",
        "<em>lean</em>",
        "<strong>stand</strong>",
        "<code>co*de</code>",
        "a star *like this* and an under_score, $a_1 &lt; b$.",
        f'<a href="{home}#equation-eq-one">(1)</a>',
        f'<a href="{home}#the-end">the end</a>',
        '<a href="https://other.invalid/">elsewhere</a>',
        "<td>a|b</td>\n<td>$x$</td>",
        "<blockquote>\n<p>Said by others.</p>",
        '<code class="language-text">not run',
        f'<strong><a href="{home}#fig-one">Figure 1</a></strong> A <em>square</em>.',
    ):
        assert part in read, part
    assert "$$\n\\begin{split}a &= b \\\\ c &= d\\end{split} \\tag{1}\n$$" in first
    assert "1. First.\n2. Second, on two lines.\n" in first and "   - Within." in first
    assert "Make it two." in exercise
    assert end.startswith("## The end")
    assert after == "It is 2."
