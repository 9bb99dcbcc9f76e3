"""The gallery: sphinx-gallery lays out the scripts, the store gives their outputs.

A script states its alt text once, as a comment at the end of its docstring::

    .. alt: What is to be seen, in 20 to 250 characters.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import sphinx_gallery.gen_rst
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.directives.patches import Figure
from sphinx.util.docutils import SphinxDirective

from ..keys import digest
from ..project import PressError

OUT = "auto_gallery"
_HERE = digest(Path(__file__).read_bytes())  # laid out otherwise, all scripts are laid out again
_ALT = re.compile(r"^\.\. alt:[ \t]*(.+(?:\n[ \t]+\S.*)*)", re.M)


def alt_text(script: Path) -> str:
    """The alt text that a gallery script states.

    Raises:
        PressError: If it states none.
    """
    found = _ALT.search(script.read_text("utf8"))
    if found is None:
        raise PressError(
            f"{script}: expected '.. alt: what is to be seen' at the end of the docstring"
        )
    return " ".join(found[1].split())


def _replay(app: Sphinx):
    """What stands in for sphinx-gallery's execution of a code block."""
    blocks: dict[str, Iterator[dict]] = {}

    def execute_code_block(compiler, block, example_globals, script_vars, conf, file_conf):
        script = Path(script_vars["src_file"])
        if block.lineno == 1 or script not in blocks:  # the docstring: a script begins
            name = script.relative_to(app.udlbook.project.root).with_suffix("").as_posix()
            blocks[script] = iter(app.udlbook.entries[name].cells)
        if block.type == "text" or not block.content.strip():
            return ""
        cell = next(blocks[script], {"source": ""})
        if cell["source"].strip() != block.content.strip():
            raise PressError(f"{script}: sphinx-gallery splits it otherwise than the press ran it")
        return _as_rst(cell["outputs"], script, script_vars["image_path_iterator"], app)

    return execute_code_block


def _as_rst(outputs: list[dict], script: Path, paths, app: Sphinx) -> str:
    text, images = "", ""
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] == "stdout":
            text += output["text"]
        svg = output.get("data", {}).get("image/svg+xml")
        if svg:
            path = Path(next(paths)).with_suffix(".svg")
            path.write_text(svg, "utf8")
            uri = "/" + path.relative_to(app.srcdir).as_posix()
            images += f".. image:: {uri}\n   :alt: {alt_text(script)}\n   :class: udl-figure\n\n"
        elif output["output_type"] == "display_data":
            text += output["data"].get("text/plain", "") + "\n"
    if text.strip():
        body = "\n".join("    " + line for line in text.rstrip().splitlines())
        text = f".. rst-class:: sphx-glr-script-out\n\n .. code-block:: none\n\n{body}\n"
    return f"\n{images}\n{text}\n"


def _forget_changed(app: Sphinx) -> None:
    """sphinx-gallery's own hash looks at the script alone; the run's key counts."""
    scripts = {n for n, e in app.udlbook.entries.items() if e.record["kind"] == "figure"}
    for path in Path(app.srcdir, OUT).rglob("*plot_*"):
        # Pictures are called sphx_glr_plot_NAME_001.svg, thumbnails sphx_glr_plot_NAME_thumb.svg.
        stem = re.sub(r"^sphx_glr_|_(\d{3}|thumb)$", "", path.name.split(".")[0])
        topic = path.relative_to(Path(app.srcdir, OUT)).parts[0]
        if path.is_file() and f"gallery/{topic}/{stem}" not in scripts:
            path.unlink()  # of a script that is gone
    for name, entry in app.udlbook.entries.items():
        if entry.record["kind"] != "figure":
            continue
        place = Path(app.srcdir, OUT, *name.split("/")[1:])
        note = place.with_suffix(".key")
        stamp = f"{entry.stamp}-{_HERE}"
        if not note.is_file() or note.read_text("utf8") != stamp:
            place.with_suffix(".py.md5").unlink(missing_ok=True)
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(stamp, "utf8")


def _single_toctree(app: Sphinx, docname: str, source: list[str]) -> None:
    """The gallery's toctrees repeat what _toc.yml lists; its tag lists are empty."""
    if docname.startswith(f"{OUT}/") and docname.endswith("index"):
        source[0] = re.sub(
            r"^\.\. raw:: html\n\n +<div id='sg-tag-list'.*\n", "", source[0], flags=re.M
        )
        source[0] = re.sub(r"^\.\. toctree::\n(?:[ \t]+.*\n|\n)*", "", source[0], flags=re.M)


class GalleryFigure(SphinxDirective):
    """``{gallery-figure} topic/plot_name``: a gallery figure, its caption being the content."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"name": directives.unchanged, "width": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """The figure, with a link to its script."""
        topic, _, stem = self.arguments[0].rpartition("/")
        root = self.env.app.udlbook.project.root
        script = root / "gallery" / topic / f"{stem}.py"
        if not script.is_file():
            raise self.error(f"no gallery script {script.relative_to(root)}")
        self.env.note_dependency(str(script))
        figure = Figure(
            "figure",
            [f"/{OUT}/{topic}/images/sphx_glr_{stem}_001.svg"],
            {**self.options, "alt": alt_text(script), "figclass": ["udl-gallery-figure"]},
            self.content,
            self.lineno,
            self.content_offset,
            self.block_text,
            self.state,
            self.state_machine,
        )
        made = figure.run()
        for caption in (c for node in made for c in node.findall(nodes.caption)):
            link = addnodes.pending_xref(
                "",
                nodes.inline("", "Script"),
                refdomain="std",
                reftype="doc",
                refexplicit=True,
                reftarget=f"/{OUT}/{topic}/{stem}",
                refdoc=self.env.docname,
                refwarn=True,
                classes=["udl-script-link"],
            )
            caption += [nodes.Text(" "), link]
        return made


_THUMBNAIL = re.compile(
    r'(<a class="reference internal" href="[^"]*")(><span class="doc">(.*?)</span>)'
)


def _name_thumbnails(app: Sphinx, page: str, template: str, context: dict, doctree: Any) -> None:
    """Name the link that covers a thumbnail: its own words are hidden, from screen readers too."""

    def named(match: re.Match) -> str:
        words = re.sub("<[^>]*>", "", match[3]).replace('"', "&quot;")
        return f'{match[1]} aria-label="{words}"{match[2]}'

    if page.startswith(OUT) and "sphx-glr-thumbcontainer" in context.get("body", ""):
        context["body"] = _THUMBNAIL.sub(named, context["body"])


def setup(app: Sphinx) -> None:
    """Replace execution by replay, and add the directive."""
    app.connect("builder-inited", _forget_changed, priority=200)
    app.connect("html-page-context", _name_thumbnails)
    app.connect("source-read", _single_toctree)
    app.add_directive("gallery-figure", GalleryFigure)
    sphinx_gallery.gen_rst.execute_code_block = _replay(app)
    # A zip file of each script, which holds its time and mode, next to the script itself: no.
    sphinx_gallery.gen_rst.ZIP_DOWNLOAD = ""
    sphinx_gallery.gen_rst.zip_files = lambda *_: None
