"""The press inside Sphinx: stored outputs in place of execution, and the authoring kit's markup.

Nothing here runs a page. A chapter takes its outputs from the store, a gallery script's outputs
are replayed into sphinx-gallery, ``{claim}`` inserts a number that some page computed, and
``{gallery-figure}`` sets a gallery figure with the alt text that its script gives,
``{explorable}`` one that the reader can drag, and all that can be cited has its tag.
"""

import html
import json
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ..keys import Settings
from ..project import PressError, Project
from ..run import lookup
from . import claims, explorables, gallery, katex, notebooks, outputs, svg, tags

_DOUBLED = re.compile(r' id="(exercise|solution)-content"')


class Press:
    """What the extension knows of the book while Sphinx runs."""

    def __init__(self, app: Sphinx) -> None:
        self.project = Project(Path(app.srcdir))
        self.settings = Settings(app.config.udlbook_tier, app.config.udlbook_device)
        self.entries, stale = lookup(self.project, self.settings)
        if stale:
            names = ", ".join(p.name for p in stale[:5])
            raise PressError(
                f"{len(stale)} pages have no stored run ({names}): "
                "run `python -m udlbook_site run` first"
            )

    @property
    def claims(self) -> dict[str, dict]:
        """Every claim of the book by name, with the page that made it.

        Raises:
            PressError: If two pages make a claim of the same name.
        """
        found: dict[str, dict] = {}
        for page, entry in sorted(self.entries.items()):
            for claim in entry.record["claims"]:
                other = found.get(claim["name"])
                if other is not None and other["page"] != page:
                    raise PressError(
                        f"claim {claim['name']} is made by {other['page']} and by {page}: "
                        "a claim's name must be unique in the book"
                    )
                found[claim["name"]] = {**claim, "page": page, "device": entry.record["device"]}
        return found


def _begin(app: Sphinx) -> None:
    app.udlbook = Press(app)
    app.udlbook_claims = app.udlbook.claims


def _outdated(app: Sphinx, env: BuildEnvironment, added, changed, removed) -> list[str]:
    """Pages whose outputs, or whose inserted numbers, are not those of the last build."""
    seen = _seen(env)
    return [
        name
        for name, used in seen.items()
        if name not in removed and any(value != _now(app, kind, key) for kind, key, value in used)
    ]


def _now(app: Sphinx, kind: str, key: str) -> str:
    if kind == "run":
        entry = app.udlbook.entries.get(key)
        return entry.stamp if entry else ""
    if key == "*":
        return json.dumps(app.udlbook_claims, sort_keys=True)
    return json.dumps(app.udlbook_claims.get(key), sort_keys=True)


def _seen(env: BuildEnvironment) -> dict[str, set[tuple[str, str, str]]]:
    if not hasattr(env, "udlbook_seen"):
        env.udlbook_seen = {}
    return env.udlbook_seen


def note_use(app: Sphinx, docname: str, kind: str, key: str) -> None:
    """Remember what run or claim a document shows: it is read again when that changes."""
    _seen(app.env).setdefault(docname, set()).add((kind, key, _now(app, kind, key)))


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _seen(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames, other: BuildEnvironment) -> None:
    _seen(env).update({n: used for n, used in _seen(other).items() if n in docnames})


def _note_page(app: Sphinx, pagename: str, templatename, context, doctree) -> None:
    app.udlbook_written.add(pagename)
    if "body" in context:
        # sphinx-exercise gives the same id to the content of every exercise of a page.
        context["body"] = _DOUBLED.sub("", context["body"])
    fields = context.get("meta") or {}
    if words := fields.get("description"):
        # Written by hand in the page's front matter: what search engines and previews show.
        fields["og:description"] = words
        tag = f'<meta name="description" content="{html.escape(words)}" />'
        context["metatags"] = context.get("metatags", "") + tag


def _remove_gone(app: Sphinx, error: Exception | None) -> None:
    """Sphinx leaves the pages of documents that no longer exist; a reader must not find them."""
    if error is not None or app.builder.format != "html":
        return
    alive = app.env.found_docs | app.udlbook_written
    out = Path(app.outdir)
    for path in out.rglob("*.html"):
        name = path.relative_to(out).with_suffix("").as_posix()
        if name not in alive and not name.startswith(("_static/", "_modules/", "t/")):
            path.unlink()


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.add_config_value("udlbook_tier", "small", "env")
    app.add_config_value("udlbook_device", "cpu", "env")
    if "comments_config" not in app.config.values:
        # Jupyter Book sets it for an extension of its own that this book leaves out.
        app.add_config_value("comments_config", {}, "")
    app.connect("builder-inited", _begin, priority=100)  # before sphinx-gallery's own
    app.connect("env-get-outdated", _outdated)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    app.udlbook_written = set()
    app.connect("html-page-context", _note_page, priority=100)  # before the preview tags
    app.connect("build-finished", _remove_gone)
    for part in (outputs, gallery, explorables, claims, katex, svg, tags, notebooks):
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
