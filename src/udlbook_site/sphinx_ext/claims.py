"""Numbers in prose, and the page that lists them all."""

import csv
from collections.abc import Sequence
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from udlbook.claims import as_text

RESULTS = "book/reference/results"
MEASURED = "book/reference/measured.csv"


class ClaimNode(nodes.Inline, nodes.TextElement):
    """A number that a page computed; becomes a link to its row on the page Results."""


class ClaimRole(SphinxRole):
    """``{claim}`NAME``` inserts our number, ``{paper}`NAME``` the published one."""

    def __init__(self, field: str) -> None:
        self.field = field

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The number as a link to its row."""
        from . import note_use

        claim = self.env.app.udlbook_claims.get(self.text)
        note_use(self.env.app, self.env.docname, "claim", self.text)
        if claim is None or not claim[self.field]:
            what = "claim" if claim is None else "published number of claim"
            message = self.inliner.reporter.error(
                f"no page states the {what} {self.text!r}", line=self.lineno
            )
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        return [ClaimNode("", claim[self.field], claim=self.text, classes=["udl-claim"])], []


class ClaimsTable(SphinxDirective):
    """Every claim: ours, the published number, the range, where and how it was computed."""

    def run(self) -> list[nodes.Node]:
        """A table for each page, one row a claim."""
        from . import note_use

        app = self.env.app
        note_use(app, self.env.docname, "claim", "*")
        measured_file = Path(app.srcdir, MEASURED)
        self.env.note_dependency(str(measured_file))
        measured = read_measured(measured_file)
        pages: dict[str, list[list]] = {}
        for name, claim in sorted(app.udlbook_claims.items()):
            row = _claim_row(name, claim, measured.get((name, claim["tier"])))
            pages.setdefault(claim["page"], []).append(row)
        made: list[nodes.Node] = []
        for page, rows in sorted(pages.items()):
            # The title of the page; it is known only when all pages have been read.
            link = addnodes.pending_xref(
                "",
                nodes.inline("", page),
                refdomain="std",
                reftype="doc",
                refexplicit=False,
                reftarget="/" + (page if not page.startswith("gallery/") else "auto_" + page),
                refdoc=self.env.docname,
                refwarn=True,
            )
            made += [nodes.rubric("", "", link), _table(HEADS, WIDTHS, rows)]
        return made


HEADS = ("Claim", "Ours", "Published", "Allowed, and measured", "Checked by")
WIDTHS = (34, 12, 22, 30, 22)


def _claim_row(name: str, claim: dict, span: dict[str, str] | None) -> list:
    fmt = claim["fmt"]
    low, high = as_text(claim["low"], fmt), as_text(claim["high"], fmt)
    allowed = low if low == high else f"{low} to {high}"
    if span:
        low, high = as_text(float(span["low"]), fmt), as_text(float(span["high"]), fmt)
        found = f"always {low}" if low == high else f"{low} to {high}"
        allowed += f"; {found} in {span['runs']} runs"
    published = f"{claim['paper_text']}, {claim['where']}" if claim["paper_text"] else "—"
    key = nodes.literal("", name, ids=[anchor(name)])
    return [[key], claim["text"], published, allowed, claim["source"]]


def anchor(name: str) -> str:
    """The id of a claim's row."""
    return "claim-" + name.replace(".", "-").replace("_", "-")


def read_measured(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    """The measured ranges, by claim and tier."""
    if not path.is_file():
        return {}
    with open(path, encoding="utf8", newline="") as file:
        return {(row["claim"], row["tier"]): row for row in csv.DictReader(file)}


def _table(heads: tuple[str, ...], widths: tuple[int, ...], rows: list[list]) -> nodes.table:
    group = nodes.tgroup(cols=len(heads))
    group += [nodes.colspec(colwidth=width) for width in widths]
    head, body = nodes.thead(), nodes.tbody()
    head += _row(heads)
    body += [_row(cells) for cells in rows]
    group += [head, body]
    return nodes.table("", group, classes=["udl-claims"])


def _row(cells: Sequence) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        children = cell if isinstance(cell, list) else [nodes.Text(cell)]
        paragraph = nodes.paragraph("", "", *children)
        row += nodes.entry("", paragraph)
    return row


def _resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for node in list(doctree.findall(ClaimNode)):
        uri = app.builder.get_relative_uri(docname, RESULTS) + "#" + anchor(node["claim"])
        link = nodes.reference("", "", *node.children, internal=True, refuri=uri)
        link["classes"] = node["classes"]
        link["reftitle"] = f"Computed and asserted: {node['claim']}"
        node.replace_self(link)


def setup(app: Sphinx) -> None:
    """Add the roles and the table."""
    app.add_node(ClaimNode)
    app.add_role("claim", ClaimRole("text"))
    app.add_role("paper", ClaimRole("paper_text"))
    app.add_directive("claims-table", ClaimsTable)
    app.connect("doctree-resolved", _resolve)
