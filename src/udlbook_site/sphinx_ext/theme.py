"""A lighter theme: what no page of the book uses is not sent to its readers.

The theme brings half a megabyte of icon scripts, three icon fonts, two thousand style rules for
icons and all of Bootstrap's. The book has a dozen icons of its own (masks in
``book/_static/udlbook.css``), and ``book/_templates`` leaves the scripts out. Here the files go,
and of the style sheets every rule that asks for a class which stands in no page and no script.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# Style of the gallery's own pages, and a script for tags that the gallery does not use.
_GALLERY = re.compile(r"sg_gallery[\w-]*\.css|sg-tags\.js")
_UNUSED = ("scripts/fontawesome.js", "scripts/bootstrap.js", "vendor/fontawesome")


def slim(css: str, names: set[str]) -> str:
    """A style sheet without the rules that no page can need.

    Args:
        css: The sheet.
        names: Every class that a page has, or that a script may give it.

    >>> slim(".a{b:c}.d,.a .e{f:g}@media print{.d{h:i}}@keyframes d{to{j:k}}", {"a"})
    '.a{b:c}@keyframes d{to{j:k}}'
    """
    out = []
    for head, body in _rules(css):
        if body is None or head.startswith(("@keyframes", "@page", "@counter-style", "@property")):
            out.append(head if body is None else f"{head}{{{body}}}")
        elif head.startswith("@font-face"):
            if "Font Awesome" not in body:
                out.append(f"{head}{{{body}}}")
        elif head.startswith("@"):  # @media, @supports
            if inner := slim(body, names):
                out.append(f"{head}{{{inner}}}")
        elif used := [s for s in _selectors(head) if _needed(s) <= names]:
            out.append(f"{','.join(used)}{{{body}}}")
    return "".join(out)


def _rules(css: str) -> Iterator[tuple[str, str | None]]:
    """The rules of a sheet, as head and body; a statement such as ``@import`` has no body."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    begin, brace, depth = 0, 0, 0
    for token in re.finditer(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[{};]", css):
        sign, place = token[0], token.start()
        if sign == "{":
            depth += 1
            if depth == 1:
                brace = place
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield css[begin:brace].strip(), css[brace + 1 : place].strip()
                begin = place + 1
        elif sign == ";" and depth == 0:
            yield css[begin : place + 1].strip(), None
            begin = place + 1


def _selectors(head: str) -> list[str]:
    """The selectors of a rule; a comma inside brackets parts none.

    >>> _selectors(".a:is(.b,.c) p, .d")
    ['.a:is(.b,.c) p', '.d']
    """
    parts, depth = [""], 0
    for sign in head:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def _needed(selector: str) -> set[str]:
    """The classes that a page must have for a selector to fit anything.

    >>> sorted(_needed("html .a.b:not(.c, :is(.d)) > .e[class*='.f']"))
    ['a', 'b', 'e']
    """
    before = None
    while before != selector:  # brackets may hold brackets
        before, selector = selector, re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", selector)
    return set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", selector))


def _names(out: Path) -> set[str]:
    """Every class in a page of the site, and every word in a script that might become one."""
    names: set[str] = set()
    for page in out.rglob("*.html"):
        for value in re.findall(r'\bclass=(?:"([^"]*)"|\'([^\']*)\')', page.read_text("utf-8")):
            names.update("".join(value).split())
    scripts = (p for p in (out / "_static").rglob("*.*js") if p.suffix in (".js", ".mjs"))
    for script in scripts:
        names.update(re.findall(r"[A-Za-z_][\w-]*", script.read_text("utf-8")))
    return names


def _page_assets(app: Sphinx, page: str, template: str, context: dict, doctree: Any) -> None:
    if page.startswith("auto_gallery/"):
        return
    for kind in ("css_files", "script_files"):
        context[kind] = [f for f in context.get(kind, []) if not _GALLERY.search(str(_name(f)))]


def _name(asset: Any) -> Any:
    return getattr(asset, "filename", asset)


def _write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """All pages, when the look has changed: Sphinx itself watches texts, not style sheets."""
    folders = [*app.config.html_static_path, *app.config.templates_path]
    files = sorted(p for f in folders for p in Path(app.srcdir, f).rglob("*") if p.is_file())
    look = hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()
    if look == getattr(env, "udlbook_look", None):
        return []
    env.udlbook_look = look
    return sorted(env.found_docs)


def _slim_files(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for name in _UNUSED:
        path = static / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in static.rglob("*.map"):
        path.unlink()
    names = _names(Path(app.outdir))
    for sheet in static.rglob("*.css"):
        if sheet.parent.name != "katex":
            sheet.write_text(slim(sheet.read_text("utf-8"), names), "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the book's style sheet, after all others, and the events."""
    app.add_css_file("udlbook.css", priority=900)
    app.connect("env-updated", _write_again)
    app.connect("html-page-context", _page_assets, priority=900)
    app.connect("build-finished", _slim_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
