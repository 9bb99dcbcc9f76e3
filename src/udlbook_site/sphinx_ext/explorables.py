"""Figures that a reader can drag: ``{explorable} NAME``.

An explorable is a module, ``book/_static/explorables/NAME.mjs``, which draws itself with
``kit.mjs`` where a page has a place for it. On paper, without scripts and in every builder but
HTML's a gallery figure stands there instead, so that no reader misses what the caption names.
Its scripts and its style are loaded by the pages that have one, and no script stands in a page.
"""

from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx

from .gallery import GalleryFigure
from .svg import alt_problem

FOLDER = "explorables"
KIT = "kit"


def place(name: str, alt: str) -> str:
    """Where an explorable draws itself, as HTML. Empty and hidden until it has."""
    return (
        f'<div class="udl-explorable" data-explorable="{escape(name)}" '
        f'data-alt="{escape(alt)}" hidden></div>'
    )


def known(app: Sphinx) -> list[str]:
    """The names of the explorables that there are."""
    folders = (Path(app.srcdir, folder, FOLDER) for folder in app.config.html_static_path)
    return sorted(p.stem for f in folders for p in f.glob("*.mjs") if p.stem != KIT)


class Explorable(GalleryFigure):
    """A figure that a reader can drag, its caption being the content.

    ``:alt:`` says what is to be seen and moved, ``:fallback: topic/plot_name`` is the gallery
    figure that stands in for it.
    """

    option_spec: ClassVar = {
        "name": directives.unchanged,
        "alt": directives.unchanged,
        "fallback": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """The gallery figure, with a place for the explorable in it."""
        name, app = self.arguments[0], self.env.app
        if name not in (names := known(app)):
            raise self.error(f"no explorable {name!r}; there are {', '.join(names) or 'none'}")
        alt = " ".join(self.options.pop("alt", "").split())
        if problem := alt_problem(alt):
            raise self.error(f"explorable {name}: its alt text {problem}; give it with :alt:")
        if not (fallback := self.options.pop("fallback", "")):
            raise self.error(f"explorable {name}: expected :fallback: topic/plot_name, got none")
        self.arguments = [fallback]
        made = super().run()
        for figure in made:
            if isinstance(figure, nodes.figure):
                figure.insert(0, nodes.raw("", place(name, alt), format="html", explorable=name))
        return made


def _load(app: Sphinx, page: str, template: str, context: dict, doctree: Any) -> None:
    """A page loads what it has, once."""
    found = doctree.findall(nodes.raw) if doctree is not None else ()
    names = sorted({node["explorable"] for node in found if "explorable" in node})
    for name in names:
        app.add_js_file(f"{FOLDER}/{name}.mjs", type="module")
    if names:
        app.add_css_file(f"{FOLDER}/explorables.css", priority=910)  # after the book's own


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("explorable", Explorable)
    app.connect("html-page-context", _load)
