"""SVG figures become part of the page, so that they follow its theme.

An ``<img>`` is a world of its own: the page's colours do not reach it. So every SVG image of a
page (a cell's output, a ``{figure}``, the picture of a gallery script) is written into the page:
black turns into the text colour, white into the page's, and each colour of
``udlbook.plot.COLORS`` into the CSS variable ``--udl-NAME``.

What is written into a page could also run in it. Elements and attributes come from a short list
of those that only draw; anything else (scripts, event handlers, links, foreign content) is
refused, and the build fails.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from udlbook.plot import COLORS

LOG = logging.getLogger(__name__)

# Longer than this (in characters) a figure is linked as a file, and dark mode inverts it.
LIMIT = 300_000

_DRAWING = frozenset(
    "svg g defs symbol use path rect circle ellipse line polyline polygon text tspan image "
    "clipPath mask marker pattern linearGradient radialGradient stop title desc".split()
)
_DROPPED = frozenset({"metadata"})
# Matplotlib's only style sheet; as part of a page it would restyle the page.
_MATPLOTLIB_STYLE = "*{stroke-linejoin:round;stroke-linecap:butt}"
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")
_BITMAP = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]+")
_NUMBER = re.compile(r"-?\d+\.\d{3,}(?![\d.eE])")
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b|\b(?:black|white)\b")
_THEMED = {
    "#000000": "currentColor",
    "#000": "currentColor",
    "black": "currentColor",
    "#ffffff": "var(--pst-color-background)",
    "#fff": "var(--pst-color-background)",
    "white": "var(--pst-color-background)",
    **{color: f"var(--udl-{name},{color})" for name, color in COLORS.items()},
}
_PAINT = frozenset({"fill", "stroke", "stop-color", "color", "style"})


def alt_problem(alt: str | None) -> str | None:
    """What is wrong with an alt text, or None.

    >>> alt_problem("Two curves of loss over 400 steps; the lower one is smoother.")
    >>> alt_problem("figure.svg")
    'has 10 characters; 20 to 250 are wanted'
    """
    text = " ".join((alt or "").split())
    if not text:
        return "is missing"
    if not 20 <= len(text) <= 250:
        return f"has {len(text)} characters; 20 to 250 are wanted"
    if re.fullmatch(r"\S+", text):
        return "is a path or a hash, not a sentence"
    return None


def inline(svg: str, alt: str, *, prefix: str, classes: str = "", style: str = "") -> str:
    """An SVG document as an element of a page.

    Args:
        svg: The document.
        alt: What is to be seen; empty hides a mere decoration from screen readers.
        prefix: What its ids start with; must differ for each figure of a page.
        classes: Further classes of the element.
        style: A width the author asked for, as CSS.

    Raises:
        ValueError: If the document is not well-formed, or holds anything that does not draw.
    """
    root = _parse(svg)
    width, height, view_box = _size(root)
    body = _serialize(root, prefix)
    label = (
        f'role="img" aria-label="{escape(" ".join(alt.split()))}"'
        if alt.strip()
        else 'aria-hidden="true"'
    )
    head = (
        f'<svg class="{" ".join(("udl-figure", classes)).strip()}" {label} '
        f'width="{width:.0f}" height="{height:.0f}" viewBox="{view_box}" fill="currentColor" '
        'stroke-linejoin="round" stroke-linecap="butt"'
    )
    if style:
        head += f' style="{escape(style)}"'
    return f"{head}>{body}</svg>"


def _parse(svg: str) -> ElementTree.Element:
    if re.search(r"<!ENTITY|<!DOCTYPE[^>]*\[", svg):
        raise ValueError("an SVG figure must not declare entities")
    try:
        root = ElementTree.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", svg, count=1))
    except ElementTree.ParseError as error:
        raise ValueError(f"an SVG figure must be well-formed XML; {error}") from None
    if _local(root.tag) != "svg":
        raise ValueError(f"an SVG figure must have <svg> as its root; got <{_local(root.tag)}>")
    return root


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _size(root: ElementTree.Element) -> tuple[float, float, str]:
    """Width and height in CSS pixels, and the view box."""
    box = [float(n) for n in re.split(r"[\s,]+", root.get("viewBox", "").strip()) if n]
    per = {"pt": 96 / 72, "px": 1.0, "": 1.0, "in": 96.0, "mm": 96 / 25.4, "cm": 96 / 2.54}
    sizes = []
    for i, name in enumerate(("width", "height")):
        found = re.fullmatch(r"([\d.]+)\s*([a-z]*)", root.get(name, ""))
        if found and found[2] in per:
            sizes.append(float(found[1]) * per[found[2]])
        elif len(box) == 4:
            sizes.append(box[2 + i])
    if len(sizes) != 2 or not all(s > 0 for s in sizes):
        raise ValueError("an SVG figure must have a viewBox, or width and height")
    if len(box) != 4:
        box = [0.0, 0.0, *sizes]
    return sizes[0], sizes[1], " ".join(f"{n:g}" for n in box)


def _serialize(root: ElementTree.Element, prefix: str) -> str:
    used = set(_references(root))
    ids = [e.get("id") for e in root.iter() if e.get("id") in used]
    if missing := used - set(ids):
        raise ValueError(f"an SVG figure refers to {sorted(missing)}, which it does not hold")
    if len(set(ids)) != len(ids):
        raise ValueError("an SVG figure must not use an id twice")
    names = {name: f"{prefix}{i}" for i, name in enumerate(ids)}
    return "".join(part for child in root for part in _write(child, names))


def _references(root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter():
        for name, value in element.attrib.items():
            if _local(name) == "href" and value.startswith("#"):
                yield value[1:]
            yield from _REFERENCE.findall(value)


def _write(element: ElementTree.Element, names: dict[str, str]) -> Iterator[str]:
    tag = _local(element.tag)
    if tag in _DROPPED:
        return
    if tag == "style":
        if re.sub(r"[\s;]+(?=\})|\s", "", element.text or "") != _MATPLOTLIB_STYLE:
            raise ValueError("an SVG figure must not bring a style sheet")
        return
    if tag not in _DRAWING:
        raise ValueError(f"an SVG figure must only draw; got <{tag}>")
    attributes = dict(_attributes(element, names))
    words = tag in {"text", "tspan", "title", "desc"}
    inner = [escape(element.text or "", quote=False)] if words else []
    for child in element:
        inner.extend(_write(child, names))
        if words:
            inner.append(escape(child.tail or "", quote=False))
    if tag in {"g", "defs"} and not any(inner):
        return
    if tag == "g" and not attributes:  # Matplotlib names every part, and the names are gone
        yield from inner
        return
    yield f"<{tag}"
    for name, value in attributes.items():
        yield f' {name}="{escape(value)}"'
    if inner:
        yield ">"
        yield from inner
        yield f"</{tag}>"
    else:
        yield "/>"


def _attributes(element: ElementTree.Element, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        name = _local(key)
        if name.lower().startswith("on"):
            raise ValueError(f"an SVG figure must not react to events; got {name}={value!r}")
        if name == "href":
            if value.startswith("#"):
                yield "href", f"#{names[value[1:]]}"
            elif _local(element.tag) == "image" and _BITMAP.fullmatch(value):
                yield "href", re.sub(r"\s", "", value)
            else:
                raise ValueError(f"an SVG figure must hold all it shows; got href={value[:60]!r}")
        elif name == "id":
            if value in names:
                yield "id", names[value]
        elif "}" in key or name in {"class", "version"}:
            continue  # notes of the program that drew it, or names of its own style sheet
        else:
            yield name, _value(name, value, names)


def _value(name: str, value: str, names: dict[str, str]) -> str:
    if name == "d" or name in {"x", "y"}:  # a hundredth of a point cannot be seen
        return re.sub(r"\s+", " ", _NUMBER.sub(lambda m: f"{float(m[0]):.2f}", value)).strip()
    text = _REFERENCE.sub(lambda m: f"url(#{names[m[1]]})", value)
    outside = re.sub(r"url\(#[^)]*\)", "", text)
    if re.search(r"url\(|@import|expression\(|javascript:|\\", outside, re.IGNORECASE):
        raise ValueError(f"an SVG figure must hold all it shows; got {name}={value[:60]!r}")
    if name in _PAINT:
        text = _COLOR.sub(lambda m: _THEMED.get(m[0].lower(), m[0]), text)
        text = re.sub(r"([;:])\s+", r"\1", text).strip()
    return text


class InlineFigures(SphinxPostTransform):
    """Write the SVG images of a page into it."""

    default_priority = 350  # after MyST-NB has chosen the kind of every output
    formats = ("html",)

    def run(self, **_: Any) -> None:
        """Replace every image node that shows an SVG file."""
        found = [node for node in self.document.findall(nodes.Element) if _svg_uri(node)]
        count = 0
        for node in found:
            uri = _svg_uri(node)
            path = Path(self.app.srcdir, uri.lstrip("/"))
            if not path.is_file():
                continue  # Sphinx has said so
            if "/thumb/" in uri:
                # A decoration beside the link that names it; small, and many on a page.
                node["classes"] = [*node.get("classes", []), "udl-figure-file"]
                continue
            alt = self._alt(node)
            if problem := alt_problem(alt):
                LOG.warning(
                    "figure %s: its alt text %s",
                    path.name,
                    problem,
                    location=_place(node, self.document),
                    type="udlbook",
                    subtype="alt",
                )
            try:
                html = inline(
                    path.read_text("utf-8"),
                    alt,
                    prefix=f"f{count}-",
                    classes=" ".join(_classes(node)),
                    style="".join(f"{k}:{_length(node[k])};" for k in ("width",) if node.get(k)),
                )
            except ValueError as error:
                raise ExtensionError(f"{self.env.docname}: {path.name}: {error}") from None
            count += 1
            if len(html) > LIMIT and isinstance(node, nodes.image):
                node["classes"] = [*node.get("classes", []), "udl-figure-file"]
                continue
            node.replace_self(nodes.raw("", html, format="html"))

    def _alt(self, node: nodes.Element) -> str:
        if isinstance(node, nodes.image):
            return node.get("alt", "")
        # A gallery script gives its alt text once, as a comment ".. alt: ..." in its heading;
        # sphinx-gallery itself only knows the script's title.
        for comment in self.document.findall(nodes.comment):
            if comment.astext().startswith("alt:"):
                return comment.astext().removeprefix("alt:")
        return node.get("alt", "")


def _svg_uri(node: nodes.Node) -> str:
    """Where a node's SVG file lies, or nothing."""
    if isinstance(node, nodes.image) or type(node).__name__ == "imgsgnode":
        uri = node.get("uri", "")
        if uri.lower().endswith(".svg") and "://" not in uri:
            return uri
    return ""


def _classes(node: nodes.Element) -> list[str]:
    align = [f"align-{node['align']}"] if node.get("align") else []
    return [*node.get("classes", []), *(node.get("class") or []), *align]


def _length(value: str) -> str:
    return f"{value}px" if re.fullmatch(r"[\d.]+", value) else value


def _place(node: nodes.Node, document: nodes.document) -> nodes.Node:
    while node.line is None and node.parent is not None:
        node = node.parent
    return node


def _note_files(app: Sphinx, doctree: nodes.document) -> None:
    """A page is written again when a gallery picture in it changes."""
    for node in doctree.findall(nodes.Element):
        if not isinstance(node, nodes.image) and (uri := _svg_uri(node)):
            app.env.note_dependency(uri.lstrip("/"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_post_transform(InlineFigures)
    app.connect("doctree-read", _note_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
