"""Every chapter with code can be taken away as a notebook, with its outputs and without.

A notebook's words are plain Markdown, as Jupyter and Colab show it: numbers of claims are filled
in, references are links to the edition that the notebook comes from, equations keep their numbers,
and figures of the gallery are linked. Its code is that of the page; so are its outputs.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx

from ..project import CLAIM
from .katex import display_tex

FOLDER = "_notebooks"
_TITLE = re.compile(r"</h1>")


class _Words:
    """Markdown of a part of a page.

    Args:
        base: The address of the page in its edition.
        numbers: The numbers of the page's equations, figures and so on, by kind and id.
    """

    def __init__(self, base: str, numbers: dict[str, dict[str, tuple[int, ...]]]) -> None:
        self.base, self.numbers = base, numbers

    def blocks(self, nodes_: list[nodes.Node]) -> str:
        """Paragraphs, one after the other."""
        found = (self.block(node).strip("\n") for node in nodes_)
        return "\n\n".join(text for text in found if text.strip())

    def block(self, node: nodes.Node) -> str:
        """One block, by its kind; what has no words of its own gives nothing."""
        for kind, write in _BLOCKS.items():
            if isinstance(node, kind):
                return write(self, node)
        if isinstance(node, nodes.Text | nodes.Inline):
            return self.inline([node])
        return self.blocks(node.children) if isinstance(node, nodes.Element) else ""

    def inline(self, nodes_: list[nodes.Node]) -> str:
        """Words within a paragraph."""
        return "".join(self._inline(node) for node in nodes_)

    def _inline(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Text):
            return re.sub(r"([*_`\\<$])", r"\\\1", str(node).replace("\n", " "))
        if isinstance(node, nodes.math):
            return f"${node.astext()}$"
        if isinstance(node, nodes.literal):
            text = node.astext()
            return f"`` {text} ``" if "`" in text else f"`{text}`"
        words = self.inline(node.children)
        if isinstance(node, nodes.emphasis):
            return f"*{words}*"
        if isinstance(node, nodes.strong):
            return f"**{words}**"
        if isinstance(node, nodes.reference) and "udl-claim" not in node["classes"]:
            place = node.get("refuri") or (f"#{node['refid']}" if node.get("refid") else "")
            return f"[{words}]({urljoin(self.base, place)})" if place else words
        return words

    def formula(self, node: nodes.math_block) -> str:
        """A formula in a line of its own, with the number that it has in the book."""
        tex = display_tex(node.astext(), node.get("nowrap", False) or node.get("no-wrap", False))
        number = self._number("displaymath", node)
        tag = f" \\tag{{{number}}}" if number else ""
        return f"$$\n{tex.strip()}{tag}\n$$"

    def _number(self, kind: str, node: nodes.Element) -> str:
        for name in node["ids"]:
            if number := self.numbers.get(kind, {}).get(name):
                return ".".join(map(str, number))
        return ""

    def figure(self, node: nodes.figure) -> str:
        """A figure's caption, with a link to where it is drawn."""
        caption = next(iter(node.findall(nodes.caption)), None)
        words = self.inline(caption.children) if caption is not None else ""
        place = urljoin(self.base, f"#{node['ids'][0]}") if node["ids"] else self.base
        name = f"Figure {self._number('figure', node)}".strip()
        return f"> **[{name}]({place})** {words}"

    def table(self, node: nodes.table) -> str:
        """A table, its first row the head."""
        rows = [
            [self.blocks(entry.children).replace("\n", " ").replace("|", "\\|") for entry in row]
            for row in node.findall(nodes.row)
        ]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        lines.insert(1, "|" + "---|" * len(rows[0]))
        return "\n".join(lines)

    def items(self, node: nodes.Element) -> str:
        """A list, numbered or not."""
        numbered = isinstance(node, nodes.enumerated_list)
        found = []
        for number, item in enumerate(node.children, 1):
            mark = f"{number}. " if numbered else "- "
            text = self.blocks(item.children).replace("\n", "\n" + " " * len(mark))
            found.append(mark + text)
        return "\n".join(found)

    def aside(self, node: nodes.Element) -> str:
        """A box with a title."""
        return "> " + self.blocks(node.children).replace("\n", "\n> ")

    def code(self, node: nodes.literal_block) -> str:
        """Code that is shown and does not run."""
        return f"```{node.get('language', '')}\n{node.astext()}\n```"

    def title(self, node: nodes.Element) -> str:
        """The title of a box or of a part without a number."""
        return f"**{self.inline(node.children)}**"


_BLOCKS = {
    nodes.comment: lambda words, node: "",
    nodes.target: lambda words, node: "",
    nodes.raw: lambda words, node: "",
    nodes.image: lambda words, node: "",
    nodes.math_block: _Words.formula,
    nodes.figure: _Words.figure,
    nodes.table: _Words.table,
    nodes.bullet_list: _Words.items,
    nodes.enumerated_list: _Words.items,
    nodes.literal_block: _Words.code,
    nodes.block_quote: _Words.aside,
    nodes.title: _Words.title,
    nodes.rubric: _Words.title,
    nodes.term: _Words.title,
    nodes.transition: lambda words, node: "---",
    nodes.Admonition: _Words.aside,
    nodes.paragraph: lambda words, node: words.inline(node.children),
}


def _is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


class _Pages:
    """The cells of a notebook, collected along a page."""

    def __init__(self, words: _Words, runs: list[dict]) -> None:
        self.words, self.runs = words, runs
        self.cells: list[dict] = []
        self._text: list[str] = []

    def walk(self, node: nodes.Element, depth: int = 0) -> None:
        """Take in all of a part of the page that holds code, in its order."""
        for child in node.children:
            if _is_cell(child):
                self._code(child["exec_count"])
            elif isinstance(child, nodes.title) and isinstance(node, nodes.section):
                self._text.append(f"{'#' * max(depth, 1)} {self.words.inline(child.children)}")
            elif isinstance(child, nodes.Element) and (
                isinstance(child, nodes.section) or any(map(_is_cell, child.findall()))
            ):
                self.walk(child, depth + isinstance(child, nodes.section))
            else:
                self._text.append(self.words.block(child))

    def end(self) -> None:
        """Put the words that have gathered into a cell."""
        text = "\n\n".join(part.strip("\n") for part in self._text if part.strip())
        self._text = []
        if text:
            self._add({"cell_type": "markdown", "metadata": {}, "source": text})

    def _code(self, number: int) -> None:
        self.end()
        run = self.runs[number - 1]
        self._add(
            {
                "cell_type": "code",
                "execution_count": number,
                "metadata": {},
                "outputs": [_plain(output) for output in run["outputs"]],
                "source": run["source"],
            }
        )

    def _add(self, cell: dict) -> None:
        name = hashlib.sha256(f"{len(self.cells)}\n{cell['source']}".encode()).hexdigest()[:8]
        self.cells.append({"id": name, **cell})


def _plain(output: dict) -> dict:
    """An output without what only this book's site can show."""
    data = {kind: value for kind, value in output.get("data", {}).items() if kind != CLAIM}
    return {**output, "data": data} if data else output


def notebook(doctree: nodes.document, runs: list[dict], address: str, numbers: dict) -> dict:
    """A page as a notebook, with its outputs.

    Args:
        doctree: The page, its references resolved.
        runs: Its code cells as they ran: source and outputs.
        address: Where the page is, for links.
        numbers: Of equations and figures, by kind and id.
    """
    pages = _Pages(_Words(address, numbers), runs)
    pages.walk(doctree)
    pages.end()
    return {
        "cells": pages.cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def without_outputs(made: dict) -> dict:
    """A notebook as it is before it runs."""
    empty = {"outputs": [], "execution_count": None}
    cells = [c | empty if c["cell_type"] == "code" else c for c in made["cells"]]
    return {**made, "cells": cells}


def _write(app: Sphinx, page: str, template: str, context: dict, doctree: Any) -> None:
    """Write a chapter's notebooks, and link them under its title."""
    entry = app.udlbook.entries.get(page)
    if entry is None or doctree is None or not page.startswith("book/"):
        return
    base = app.udlbook_book.home if app.udlbook_book else app.config.html_baseurl
    address = urljoin(base or "", app.builder.get_target_uri(page))
    numbers = app.env.toc_fignumbers.get(page, {})
    made = notebook(doctree, entry.cells, address, numbers)
    name = page.rpartition("/")[2]
    links = []
    for file, content, words in (
        (f"{name}.ipynb", without_outputs(made), "Notebook"),
        (f"{name}-outputs.ipynb", made, "with outputs"),
    ):
        place = Path(app.outdir, FOLDER, page).parent / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf8")
        href = context["pathto"](f"{FOLDER}/{page.rpartition('/')[0]}/{file}", 1)
        links.append(f'<a href="{href}" download>{words}</a>')
    line = f'<p class="udl-files udl-take">{" ".join(links)}</p>'
    context["body"] = _TITLE.sub(f"</h1>\n{line}", context["body"], count=1)


def setup(app: Sphinx) -> None:
    """Register the event, after tags, which change the title."""
    app.connect("html-page-context", _write, priority=95)
