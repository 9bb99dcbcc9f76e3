"""Formulas are drawn while the site is built: a page carries no script for them.

KaTeX (vendored in ``katex_dist``) turns every formula into HTML for the eye and MathML for screen
readers. It is strict: a formula it cannot read, or reads only by guessing, is a warning with its
place, so a build with ``-W`` fails.

Formulas are drawn when a page is read, and the result is kept on the node. So a broken one is
found before Sphinx takes note of the page as done, and an unchanged page costs nothing.
"""

import atexit
import json
import os
import re
import subprocess
import sys
import threading
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

LOG = logging.getLogger(__name__)
DIST = Path(__file__).parents[1] / "katex_dist"
MANIFEST = json.loads((DIST / "manifest.json").read_text("utf-8"))

# What a numbered environment of amsmath would number itself; Sphinx numbers equations.
_NUMBERED = re.compile(r"\\(begin|end)\{(equation|align|alignat|gather|multline|eqnarray)\}")


class _Engine:
    """A KaTeX process for each Sphinx process that draws formulas."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def ask(self, question: dict[str, Any]) -> dict[str, str]:
        with self._lock:
            if self._owner != os.getpid():  # a fork must not share its parent's pipe
                self._process = subprocess.Popen(
                    [sys.executable, "-X", "utf8", str(DIST / "serve.py")],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                )
                self._owner = os.getpid()
                atexit.register(self.stop)
            assert self._process and self._process.stdin and self._process.stdout
            try:
                self._process.stdin.write(json.dumps(question) + "\n")
                self._process.stdin.flush()
                answer = self._process.stdout.readline()
            except BrokenPipeError:
                answer = ""
            if not answer:
                code = self._process.wait()
                self._owner = 0
                raise RuntimeError(f"the KaTeX process ended with code {code}")
            return json.loads(answer)

    def stop(self) -> None:
        """End the process, if this is the process that began it."""
        if self._process and self._owner == os.getpid():
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
            self._process.wait(timeout=10)
            self._process, self._owner = None, 0


_engine = _Engine()
stop = _engine.stop


@lru_cache(maxsize=50_000)
def _render(tex: str, display: bool, macros: str) -> tuple[str, str]:
    answer = _engine.ask({"tex": tex, "display": display, "macros": json.loads(macros)})
    return answer.get("html", ""), answer.get("error", "")


def render(tex: str, *, display: bool, macros: dict[str, str] | None = None) -> str:
    """The HTML and MathML of a formula.

    Args:
        tex: The formula, without delimiters.
        display: Whether it stands in a line of its own.
        macros: What short commands stand for: ``{"\\\\R": "\\\\mathbb{R}"}``.

    Raises:
        ValueError: If KaTeX in strict mode does not accept the formula.
    """
    html, error = _render(tex, display, json.dumps(macros or {}, sort_keys=True))
    if error:
        raise ValueError(error)
    return html


def display_tex(tex: str, nowrap: bool = False) -> str:
    r"""What Sphinx's ``math`` directive means by its text.

    Blank lines part one formula from the next, and ``\\`` breaks a line, both without an
    environment of their own; ``nowrap`` says that the text brings its environment.
    """
    if nowrap:
        return _NUMBERED.sub(r"\\\1{\2*}", tex.strip())
    parts = [p.strip() for p in re.split(r"\n\s*\n", tex) if p.strip()]
    broken = [
        rf"\begin{{split}}{p}\end{{split}}" if r"\\" in p and r"\begin" not in p else p
        for p in parts
    ]
    if len(parts) < 2:
        return "".join(broken)
    return r"\begin{gathered}" + r"\\".join(broken) + r"\end{gathered}"


def _draw(node: nodes.Element, macros: dict[str, str]) -> str:
    display = isinstance(node, nodes.math_block)
    tex = node.astext()
    try:
        if display:
            tex = display_tex(tex, node.get("nowrap", False) or node.get("no-wrap", False))
        return render(tex, display=display, macros=macros)
    except ValueError as error:
        place: nodes.Node | None = node
        while place is not None and place.line is None:
            place = place.parent
        LOG.warning(
            "formula %r: %s",
            node.astext(),
            error,
            location=place if place is not None else node,
            type="udlbook",
            subtype="katex",
        )
        return f'<code class="udl-broken-formula">{escape(node.astext())}</code>'


class DrawFormulas(SphinxTransform):
    """Draw every formula of a page that has just been read."""

    default_priority = 880  # after the transforms that still make formulas

    def apply(self, **_: Any) -> None:
        """Keep the drawing on the node."""
        for kind in (nodes.math, nodes.math_block):
            for node in self.document.findall(kind):
                node["katex"] = _draw(node, self.config.udlbook_katex_macros)


def _drawing(translator: Any, node: nodes.Element) -> str:
    # Formulas that later transforms make (in references, for example) were not there to be read.
    return node.get("katex") or _draw(node, translator.config.udlbook_katex_macros)


def _visit_inline(translator: Any, node: nodes.Element) -> None:
    html = _drawing(translator, node)
    translator.body.append(f'<span class="math notranslate">{html}</span>')
    raise nodes.SkipNode


def _visit_display(translator: Any, node: nodes.Element) -> None:
    html = _drawing(translator, node)
    numbered = " udl-numbered" if node["number"] else ""
    translator.body.append(translator.starttag(node, "div", CLASS=f"math notranslate{numbered}"))
    # The formula scrolls inside this box, so that a wide one never widens the page.
    translator.body.append(f'<div class="udl-formula">{html}</div>')
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def _add_assets(app: Sphinx) -> None:
    if app.builder.format == "html":
        app.config.html_static_path.append(str(DIST / "static"))


def _add_css(app: Sphinx, page: str, template: str, context: dict, doctree: Any) -> None:
    """A page with formulas loads their style; the two fonts that all formulas need come early."""
    here = doctree is not None and _has_math(doctree)
    # The contents list stands on every page, and a title may hold a formula.
    if not here and not any(_has_math(title) for title in app.env.titles.values()):
        return
    app.add_css_file("katex/katex.min.css", priority=250)
    if not here:
        return
    for font in ("KaTeX_Main-Regular-common", "KaTeX_Math-Italic"):
        href = context["pathto"](f"_static/katex/fonts/{font}.woff2", 1)
        link = (
            f'<link rel="preload" href="{escape(href)}" as="font" type="font/woff2" crossorigin>'
        )
        context["metatags"] = f"{context.get('metatags', '')}\n{link}"


def _has_math(tree: nodes.Element) -> bool:
    return any(next(tree.findall(kind), None) for kind in (nodes.math, nodes.math_block))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer: set ``html_math_renderer: udlkatex`` to use it."""
    app.add_config_value("udlbook_katex_macros", {}, "env", (dict,))
    app.add_html_math_renderer("udlkatex", (_visit_inline, None), (_visit_display, None))
    app.add_transform(DrawFormulas)
    app.connect("builder-inited", _add_assets)
    app.connect("html-page-context", _add_css)
    return {
        "version": MANIFEST["version"],
        # Another KaTeX draws other formulas: read all pages again.
        "env_version": int("".join(f"{int(n):03d}" for n in MANIFEST["version"].split("."))),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
