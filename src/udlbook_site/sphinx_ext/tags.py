"""Everything that can be cited shows its tag, and every tag has an address.

While pages are read, what can be cited is noted: chapters, sections, numbered equations, figures,
tables, exercises. The diary ``book/tags.csv`` gives each its tag; a book without that file has
none. In a page, the ``#`` beside an item leads to ``t/TAG/``, and from there to wherever the item
stands today; scripts that are allowed to run open a card with the citation instead. Beside that
page lie the citation as BibTeX, RIS and CSL JSON.
"""

import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from .. import citation
from ..project import PressError, Project
from ..tags import ITEMS, faults, read_tags, tags_file
from .claims import RESULTS, anchor

LOG = logging.getLogger(__name__)
_HEADERLINK = re.compile(r'<a class="headerlink" href="#([^"]+)" title="([^"]*)">')
_EXERCISE = re.compile(
    r'(<div class="exercise[^"]*" id="([^"]+)">\s*<p class="admonition-title">.*?)(</p>)', re.S
)
_CLAIM = re.compile(r'(<code[^>]* id="(claim-[^"]+)">.*?</code>)()', re.S)
_NAMES = {"displaymath": "Equation", "figure": "Figure", "table": "Table", "exercise": "Exercise"}


class Found(NamedTuple):
    """Something that can be cited, where it stands.

    Attributes:
        item: Its name in the diary, such as ``equation:eq-losses-nll``.
        id: The id of its element in the page; empty for the page itself.
        kind: As Sphinx counts it: section, displaymath, figure, table or exercise.
        words: The title of a section.
    """

    item: str
    id: str
    kind: str
    words: str = ""


def citable(docname: str) -> bool:
    """Whether what stands in a document can be cited: chapters, and the pages around them."""
    return docname == "index" or (
        docname.startswith("book/") and not docname.startswith("book/reference/api/")
    )


def _all(env: BuildEnvironment) -> dict[str, list[Found]]:
    if not hasattr(env, "udlbook_citable"):
        env.udlbook_citable = {}
    return env.udlbook_citable


def _note(app: Sphinx, doctree: nodes.document) -> None:
    if citable(docname := app.env.docname):
        _all(app.env)[docname] = [Found(f"page:{docname}", "", "page"), *_in(doctree, docname)]


def _in(doctree: nodes.document, docname: str) -> Iterator[Found]:
    """What can be cited within a page."""
    for node in doctree.findall(nodes.Element):
        if isinstance(node, nodes.section):
            if not isinstance(node.parent, nodes.section):
                continue  # the page itself, or what an exercise holds
            named = [n for n in node["names"] if doctree.nametypes.get(n)]
            # A section without a label goes by its heading.
            name = named[0] if named else f"{docname}#{node['ids'][0]}"
            yield Found(f"section:{name}", node["ids"][0], "section", node[0].astext())
        elif isinstance(node, nodes.math_block):
            if node.get("label"):
                place = nodes.make_id(f"equation-{node['label']}")
                yield Found(f"equation:{node['label']}", place, "displaymath")
        elif isinstance(node, nodes.figure | nodes.table):
            kind = "figure" if isinstance(node, nodes.figure) else "table"
            if named := [n for n in node["names"] if doctree.nametypes.get(n)]:
                yield Found(f"{kind}:{named[0]}", node["ids"][0], kind)
        elif type(node).__name__ == "exercise_enumerable_node":
            yield Found(f"exercise:{node['label']}", node["label"], "exercise")


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _all(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: Any, other: BuildEnvironment) -> None:
    _all(env).update({n: found for n, found in _all(other).items() if n in docnames})


def _begin(app: Sphinx) -> None:
    """Read the diary and what citations say; a book that has no tags has neither."""
    app.udlbook_tags = app.udlbook_book = None
    project = Project(Path(app.srcdir))
    path = tags_file(project)
    if path.is_file():
        app.udlbook_tags = read_tags(path.read_text("utf8"))
        app.udlbook_book = citation.find_book(project.root)


def _claims(app: Sphinx) -> list[Found]:
    if RESULTS not in app.env.found_docs:
        return []
    names = sorted(app.udlbook_claims)
    return [Found(f"claim:{name}", anchor(name), "claim", name) for name in names]


def _places(app: Sphinx) -> dict[str, tuple[str, Found]]:
    """Where every item of the book stands: its document and its element."""
    places = {f.item: (doc, f) for doc, found in sorted(_all(app.env).items()) for f in found}
    places |= {f.item: (RESULTS, f) for f in _claims(app)}
    return places


def _check(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of items without a tag and of tags without an item, and note all items."""
    if app.udlbook_tags is None:
        return
    items = list(_places(app))
    build = Project(Path(app.srcdir)).build
    build.mkdir(exist_ok=True)
    (build / ITEMS).write_text(json.dumps(items), "utf8")
    for fault in faults(app.udlbook_tags, items):
        LOG.warning("%s", fault, type="udlbook", subtype="tags")


def _outdated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages that show other tags or numbers than when they were last written."""
    if app.udlbook_tags is None:
        return []
    now = {doc: _stamp(app, doc) for doc in env.found_docs if citable(doc)}
    before = getattr(env, "udlbook_tagged", {})
    env.udlbook_tagged = now
    return sorted(doc for doc, stamp in now.items() if before.get(doc, stamp) != stamp)


def _stamp(app: Sphinx, docname: str) -> str:
    found = _all(app.env).get(docname, [])
    shown = [(f.id, app.udlbook_tags.of.get(f.item), _what(app, docname, f)) for f in found]
    if docname == RESULTS:
        shown += [(f.id, app.udlbook_tags.of.get(f.item), f.words) for f in _claims(app)]
    return json.dumps([shown, str(app.udlbook_book)])


def _what(app: Sphinx, docname: str, found: Found) -> str:
    """What an item is called today: "Equation (3.1)", "Section 2.4, Momentum"."""
    if found.kind == "page":
        return ""
    if found.kind == "claim":
        return f"Claim {found.words}"
    if found.kind == "section":
        numbers = app.env.toc_secnumbers.get(docname, {}).get(f"#{found.id}")
        number = " " + ".".join(map(str, numbers)) if numbers else ""
        return f"Section{number}, {found.words}"
    numbers = app.env.toc_fignumbers.get(docname, {}).get(found.kind, {}).get(found.id)
    number = ".".join(map(str, numbers or ()))
    if found.kind == "displaymath":
        number = f"({number})" if number else ""
    return f"{_NAMES[found.kind]} {number}".strip()


def _chapter(app: Sphinx, docname: str) -> str | None:
    """The title of the page; of the book's first page, none."""
    if docname == app.config.root_doc:
        return None
    return app.env.titles[docname].astext()


def _show(app: Sphinx, page: str, template: str, context: dict, doctree: Any) -> None:
    """Set the tags beside what they name, the card that cites the page, and the head."""
    if app.udlbook_tags is None or "body" not in context or not citable(page):
        return
    found = [*_all(app.env).get(page, []), *(_claims(app) if page == RESULTS else [])]
    of = app.udlbook_tags.of
    tagged = {f.id: (of[f.item], _what(app, page, f)) for f in found if f.item in of}
    if "" not in tagged:
        return  # a warning has been given
    tag = tagged[""][0]
    title = next(iter(doctree.findall(nodes.section)), None) if doctree is not None else None
    if title is not None:
        tagged[title["ids"][0]] = tagged[""]  # the heading of the page is the page
    body = _linked(context["body"], tagged, context["pathto"]("t/", 1))
    context["body"] = body + _card(app, page, tag, context["pathto"])
    words = (context.get("meta") or {}).get("description", "")
    context["metatags"] = context.get("metatags", "") + _head(app, page, tag, words)


def _linked(body: str, tagged: dict[str, tuple[str, str]], folder: str) -> str:
    """A page's text, each link to one of its items now one to the item's tag."""

    def link(place: str, title: str) -> str:
        tag, what = tagged[place]
        return (
            f'<a class="headerlink" href="{folder}{tag}/" data-tag="{tag}" '
            f'data-what="{escape(what)}" title="{title}: tag {tag}">'
        )

    def instead(match: re.Match) -> str:
        return link(match[1], match[2]) if match[1] in tagged else match[0]

    def beside(match: re.Match) -> str:
        if match[2] not in tagged:
            return match[0]
        return f"{match[1]}{link(match[2], 'Link to this')}#</a>{match[3]}"

    for pattern, replacement in ((_HEADERLINK, instead), (_EXERCISE, beside), (_CLAIM, beside)):
        body = pattern.sub(replacement, body)
    return body


def _head(app: Sphinx, page: str, tag: str, words: str) -> str:
    """What a page's head says to Zotero, Google Scholar and search engines."""
    item = citation.Item(tag, _chapter(app, page))
    address = app.builder.get_target_uri(page)
    metas = "".join(
        f'<meta name="{name}" content="{escape(content)}" />\n'
        for name, content in citation.head(app.udlbook_book, item, address, words)
    )
    facts = citation.json_ld(app.udlbook_book, item, address, words)
    return f'\n{metas}<script type="application/ld+json">{facts}</script>\n'


def _card(app: Sphinx, page: str, tag: str, pathto: Any) -> str:
    """How to cite a page, at its end; and, for the script, how to cite what is in it."""
    book = app.udlbook_book
    item = citation.Item(tag, _chapter(app, page))
    words = citation.in_words(book, item, link="")
    folder = pathto("t/", 1)
    files = " ".join(
        f'<a href="{folder}{tag}/cite.{ending}" download="udlbook-{tag}.{ending}">{name}</a>'
        for ending, name in (("bib", "BibTeX"), ("ris", "RIS"), ("json", "CSL JSON"))
    )
    link = book.permalink(tag)
    return (
        f'<aside class="udl-cite" aria-label="How to cite this page" data-words="{escape(words)}" '
        f'data-home="{escape(book.home)}t/" data-folder="{folder}">'
        f"<p><strong>Cite this page</strong> {escape(words)}"
        f'<a href="{folder}{tag}/">{escape(link)}</a></p><p class="udl-files">{files}</p></aside>'
    )


_LEADS = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={to}">
<meta name="robots" content="noindex">
<link rel="canonical" href="{canonical}">
<title>Tag {tag}: {what}</title>
<p>Tag {tag} is <a href="{to}">{what}</a>.</p>
<p>{words}</p>
<p><a href="cite.bib">BibTeX</a> <a href="cite.ris">RIS</a> <a href="cite.json">CSL JSON</a></p>
</html>
"""
_GONE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Tag {tag} is retired</title>
<h1>Tag {tag} is retired</h1>
<p>It named <code>{item}</code>. {note}</p>
<p>Earlier editions still have it. <a href="{home}">The book</a></p>
</html>
"""


def _write(app: Sphinx, error: Exception | None) -> None:
    """Write a page for every tag ever given."""
    if error is not None or app.builder.format != "html" or app.udlbook_tags is None:
        return
    out = Path(app.outdir, "t")
    book, places = app.udlbook_book, _places(app)
    for item, tag in app.udlbook_tags.of.items():
        if item not in places:
            continue  # a warning has been given
        docname, found = places[item]
        chapter, what = _chapter(app, docname), _what(app, docname, found)
        cited = citation.Item(tag, chapter, what)
        place = app.builder.get_target_uri(docname) + (f"#{found.id}" if found.id else "")
        page = _LEADS.format(
            tag=tag,
            to=escape(f"../../{place}"),
            canonical=escape(book.address + place),
            what=escape(", ".join(filter(None, [what, chapter or book.title]))),
            words=escape(citation.in_words(book, cited)),
        )
        _write_files(out / tag, {"index.html": page})
        _write_files(out / tag, {f"cite.{e}": f(book, cited) for e, f in citation.FORMATS.items()})
    for tag, (item, note) in app.udlbook_tags.retired.items():
        page = _GONE.format(tag=tag, item=escape(item), note=escape(note), home="../../index.html")
        _write_files(out / tag, {"index.html": page})


def _write_files(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name
        if not path.is_file() or path.read_text("utf8") != text:
            path.write_text(text, "utf8", newline="")


def _begin_or_say(app: Sphinx) -> None:
    try:
        _begin(app)
    except PressError as error:
        raise ExtensionError(str(error)) from error


def setup(app: Sphinx) -> None:
    """Register the events."""
    app.connect("builder-inited", _begin_or_say, priority=110)
    app.connect("doctree-read", _note)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    app.connect("env-check-consistency", lambda app, env: _check(app, env))
    app.connect("env-updated", _outdated, priority=900)
    app.connect("html-page-context", _show, priority=90)
    app.connect("build-finished", _write, priority=600)
