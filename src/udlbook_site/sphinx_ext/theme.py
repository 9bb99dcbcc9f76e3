"""A lighter theme: what no page of the book uses is not sent to its readers.

The theme brings half a megabyte of icon scripts, three icon fonts and two thousand style rules for
icons. The book has a dozen icons of its own (masks in ``book/_static/udlbook.css``), and
``book/_templates`` leaves the scripts out. Here the files and the rules go too.
"""

import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

_ICON_RULES = re.compile(r"(?<=[}])(?:\.fa-[\w-]+(?::+(?:before|after))?,?)+\{[^{}]*\}")
_ICON_FONTS = re.compile(r"@font-face\{[^{}]*Font Awesome[^{}]*\}")
# Style of the gallery's own pages, and a script for tags that the gallery does not use.
_GALLERY = re.compile(r"sg_gallery[\w-]*\.css|sg-tags\.js")
_UNUSED = ("scripts/fontawesome.js", "scripts/bootstrap.js", "vendor/fontawesome")


def slim(css: str) -> str:
    """A style sheet without rules and fonts for icons.

    >>> slim(".a{b:c}.fa-sun:before{content:'x'}.fa-a,.fa-b{d:e}.fa-c .g{h:i}")
    '.a{b:c}.fa-c .g{h:i}'
    """
    css = _ICON_FONTS.sub("", css)
    before = None
    while before != css:  # a rule is found by the end of the one before it
        before, css = css, _ICON_RULES.sub("", css)
    return css


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
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    if sheet.is_file():
        sheet.write_text(slim(sheet.read_text("utf-8")), "utf-8")
    for name in _UNUSED:
        path = static / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in (static / "scripts").glob("*.map"):
        path.unlink()
    for path in (static / "styles").glob("*.map"):
        path.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the book's style sheet, after all others, and the events."""
    app.add_css_file("udlbook.css", priority=900)
    app.connect("env-updated", _write_again)
    app.connect("html-page-context", _page_assets, priority=900)
    app.connect("build-finished", _slim_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
