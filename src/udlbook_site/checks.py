"""Checks of a built site as a reader meets it. Each fault is one line: page, what, where."""

import json
import posixpath
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .keys import digest
from .published import credentials_in, secrets_in

# Elements whose address the browser fetches on its own.
_FETCHED = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
}
_LINK_RELS_FETCHED = {"stylesheet", "icon", "preload", "modulepreload", "manifest", "prefetch"}
ALT_LENGTH = range(20, 251)
# Files of a site that people, or search engines, read as text.
_TEXTS = (".html", ".js", ".mjs", ".json", ".xml", ".txt", ".svg", ".csv")


class _Page(HTMLParser):
    """What the checks need of one page."""

    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.name = name
        self.ids: set[str] = set()
        self.doubled: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.pictures: list[tuple[str, str | None]] = []
        self.has_description = False
        self.title = ""
        self.faults: list[str] = []
        self.caption = False
        self._in_title = False
        self._skip = 0  # depth inside svg, where <title> and <a> are the picture's own

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        at = dict(attributes)
        if at.get("id"):
            (self.doubled if at["id"] in self.ids else self.ids).add(at["id"])
        if tag == "a" and at.get("name"):
            self.ids.add(at["name"])
        if tag in ("a", "area") and at.get("href"):
            self.links.append(at["href"])
        for name in _FETCHED.get(tag, ()):
            if at.get(name):
                self.fetched.append(at[name].split()[0])
        if tag == "link" and _LINK_RELS_FETCHED & set((at.get("rel") or "").split()):
            self.fetched.append(at.get("href") or "")
        if tag == "meta" and at.get("name") == "description" and at.get("content"):
            self.has_description = True
        if tag == "title" and not self._skip:
            self._in_title = True
        if tag == "img" and at.get("aria-hidden") != "true":
            self.pictures.append((at.get("src") or "", at.get("alt")))
        if tag == "svg":
            self._skip += 1
            if at.get("role") == "img":
                self.pictures.append(("inline figure", at.get("aria-label")))
        classes = (at.get("class") or "").split()
        if "katex-error" in classes:
            self.faults.append("a formula that KaTeX could not render")
        if "problematic" in classes or "system-message" in classes:
            self.faults.append("a markup error shown to the reader")
        for name, value in attributes:
            if name.startswith("on"):
                self.faults.append(f"a script in an attribute: {name}={value!r}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if tag == "svg":
            self._skip = max(0, self._skip - 1)

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data


def check_site(site: Path, memory: Path | None = None) -> list[str]:
    """Every fault of a built site: broken links and anchors, requests to other hosts, pictures
    without a text that says what is to be seen, formulas that failed, markup errors, secrets.

    Args:
        site: The folder of the built site.
        memory: A file in which to remember what each file holds, by the hash of its content, so
            that the next check reads only what has changed.

    Returns:
        One line a fault; none if the site is sound.
    """
    known = _recall(memory)
    facts, faults = {}, []
    names = {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()}
    for name in sorted(n for n in names if n.endswith(_TEXTS)):
        text = (site / name).read_text("utf8", "replace")
        key = digest(name + text)
        facts[key] = found = known.get(key) or _read(name, text)
        leaks = [f"{kind} is in it: revoke it" for kind in credentials_in(text)]
        faults += [f"{name}: {fault}" for fault in (*found["faults"], *leaks)]
    pages = {f["name"]: {**f, "ids": set(f["ids"])} for f in facts.values() if "ids" in f}
    if "index.html" not in pages:
        return [f"{site}: no index.html"]
    for name, page in sorted(pages.items()):
        faults += [f"{name}: {fault}" for fault in _links(names, page, pages)]
    if memory is not None:
        memory.write_text(json.dumps(facts), "utf8")
    return faults


def _recall(memory: Path | None) -> dict:
    try:
        return json.loads(memory.read_text("utf8")) if memory else {}
    except (OSError, ValueError):
        return {}


def _read(name: str, text: str) -> dict:
    """What a file holds: its faults, and, of a page, its ids and where its links lead."""
    secrets = [
        f"what looks like a secret ({kind}): take it out"
        for kind in secrets_in(text, keywords=False)
    ]
    if not name.endswith(".html") or name.startswith(("_static/", "_sources/")):
        return {"name": name, "faults": secrets}
    page = _Page(name)
    page.feed(text)
    found = [*page.faults, *_pictures(page), *_requests(page), *secrets]
    found += [f"the id {i!r} stands twice" for i in sorted(page.doubled)]
    if not page.title.strip():
        found.append("no title")
    return {
        "name": name,
        "faults": list(dict.fromkeys(found)),
        "ids": sorted(page.ids),
        "links": list(dict.fromkeys(page.links + page.fetched)),
    }


def _links(files: set[str], page: dict, pages: dict[str, dict]) -> list[str]:
    faults = []
    folder = posixpath.dirname(page["name"])
    for link in page["links"]:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        if parts.path.startswith("/"):
            faults.append(f"the address {link} starts at the host's root, not at the site's")
            continue
        target = page["name"]
        if parts.path:
            target = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
        if target not in files:
            target = posixpath.normpath(posixpath.join(target, "index.html"))
        if target not in files:
            faults.append(f"the link {link} leads nowhere")
            continue
        anchor = unquote(parts.fragment)
        if anchor and target in pages and anchor not in pages[target]["ids"]:
            faults.append(f"the link {link} leads to a missing place on {target}")
    return faults


def _pictures(page: _Page) -> list[str]:
    faults = []
    for source, text in page.pictures:
        if "/thumb/" in source or "thumb" in source.rsplit("/", 1)[-1]:
            continue  # a thumbnail's link already carries the figure's title
        if text is None or not text.strip():
            faults.append(f"a picture without an alt text: {source[:60]}")
        elif len(text) not in ALT_LENGTH:
            length = f"{ALT_LENGTH[0]} to {ALT_LENGTH[-1]}"
            faults.append(f"an alt text of {len(text)} characters, expected {length}: {text[:60]}")
        elif re.fullmatch(r"\S*[./_]\S*", text) or re.fullmatch(r"[0-9a-f]{16,}", text):
            faults.append(f"an alt text that is a path or a hash: {text[:60]}")
    return faults


def _requests(page: _Page) -> list[str]:
    return [
        f"a request to another host: {address}"
        for address in page.fetched
        if urlsplit(address).netloc or urlsplit(address).scheme in ("http", "https")
    ]
