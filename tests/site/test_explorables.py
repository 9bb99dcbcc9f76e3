"""Oracles: files as they lie there, and a small book that Sphinx builds."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from udlbook_site.sphinx_ext import explorables

STATIC = Path(__file__).parents[2] / "book" / "_static"
FOLDER = STATIC / "explorables"
MODULES = sorted(FOLDER.glob("*.mjs"))
NAMES = sorted(p.stem for p in MODULES if p.stem != "kit")
ALT = "A line that rises from left to right, with a point to drag."


def test_there_are_explorables_and_a_kit():
    assert (FOLDER / "kit.mjs").is_file()
    assert {"losses", "optimizers", "regularizers", "shallow_networks"} <= set(NAMES)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_a_module_is_small_and_asks_no_other_host(path):
    text = path.read_text("utf-8")
    assert len(text.encode()) <= (8 if path.stem == "kit" else 5) * 1024
    assert not re.search(r"(https?:)?//[\w-]+\.\w", text.replace("http://www.w3.org/2000/svg", ""))
    imports = re.findall(r"\bimport\b.*", text)
    assert imports == re.findall(r'import \{ [\w, ]+ \} from "\./kit\.mjs";', text)
    assert len(imports) == (path.stem != "kit")
    # what a strict content security policy forbids
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|\beval\(|new Function|cssText", text)
    assert '"style"' not in text and "style:" not in text


def test_every_class_of_the_style_sheet_is_drawn_by_a_module():
    css = re.sub(r"/\*.*?\*/|\{[^{}]*\}", "", (FOLDER / "explorables.css").read_text("utf-8"))
    words = set(re.findall(r"[A-Za-z_][\w-]*", "".join(p.read_text("utf-8") for p in MODULES)))
    ours = {c for c in re.findall(r"\.([a-z][\w-]*)", css) if not c.startswith("udl-")}
    assert len(ours) > 10 and ours <= words


# ------------------------------------------------------------------ in a book

CONF = """
from pathlib import Path
from types import SimpleNamespace
extensions = ["myst_parser", *(f"udlbook_site.sphinx_ext.{e}" for e in ("gallery", "explorables"))]
html_theme, html_static_path, numfig = "basic", ["_static"], True
myst_enable_extensions = ["colon_fence"]
runs = {"gallery/topic/plot_line": SimpleNamespace(record={"kind": "figure"}, stamp="run")}
def setup(app):
    project = SimpleNamespace(root=Path(app.srcdir))
    app.udlbook = SimpleNamespace(project=project, entries=runs)
"""
BUILD = """
from sphinx.cmd.build import main
for builder in ("html", "text"):
    if main(["-qN", "-b", builder, "-d", "trees", ".", builder]):
        raise SystemExit(1)
"""
SCRIPT = '"""\nA line\n======\n\n.. alt: A still line that rises from left to right.\n"""\n'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 9L9 0"/></svg>'
GOOD = f"""
:::{{explorable}} wave
:name: fig-wave
:fallback: topic/plot_line
:alt: {ALT}
A line, and *more*.
:::
"""
BAD = {
    "unknown": (GOOD.replace("} wave", "} wafe"), "no explorable 'wafe'; there are wave"),
    "kit": (GOOD.replace("} wave", "} kit"), "no explorable 'kit'; there are wave"),
    "silent": (GOOD.replace(f":alt: {ALT}\n", ""), "its alt text is missing"),
    "curt": (GOOD.replace(ALT, "A wave."), "its alt text has 7 characters"),
    "alone": (GOOD.replace(":fallback: topic/plot_line\n", ""), "expected :fallback:"),
    "lost": (GOOD.replace("/plot_line", "/plot_lin"), "no gallery script gallery/topic/plot_lin"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A book with a page that has an explorable, one that has none, and bad ones; the warnings."""
    root = tmp_path_factory.mktemp("book")

    def write(name: str, text: str) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")

    write("conf.py", CONF)
    for name in ("kit.mjs", "wave.mjs", "explorables.css"):
        write(f"_static/explorables/{name}", "/* */")
    write("gallery/topic/plot_line.py", SCRIPT)
    write("auto_gallery/topic/plot_line.md", "---\norphan: true\n---\n# A line\n")
    write("auto_gallery/topic/images/sphx_glr_plot_line_001.svg", SVG)
    pages = {"live": GOOD, "plain": "Words."} | {name: text for name, (text, _) in BAD.items()}
    for name, text in pages.items():
        see = "See {numref}`fig-wave`.\n" if name == "live" else ""
        write(f"{name}.md", f"# {name}\n\n{see}{text.replace('fig-wave', 'fig-' + name)}")
    write("live.md", (root / "live.md").read_text("utf-8").replace("`fig-wave`", "`fig-live`"))
    write("index.md", "# Book\n\n```{toctree}\n" + "\n".join(pages) + "\n```\n")
    done = subprocess.run([sys.executable, "-c", BUILD], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return root, done.stderr


def test_an_explorable_is_a_numbered_figure_with_its_still_picture(built):
    html = (built[0] / "html/live.html").read_text("utf-8")
    figure = re.search(r"<figure.*?</figure>", html, re.S)[0]
    assert 'id="fig-live"' in figure
    assert explorables.place("wave", ALT) in figure
    assert re.search(r'<img alt="A still line that rises from left to right\."', figure)
    assert "Fig. 1" in figure and "<em>more</em>" in figure and "plot_line.html" in figure
    assert re.search(r'href="#fig-live".*?Fig\. 1', html)


def test_a_page_loads_scripts_and_style_only_if_it_has_an_explorable(built):
    live, plain = ((built[0] / f"html/{n}.html").read_text("utf-8") for n in ("live", "plain"))
    assert re.findall(r'<script type="module" src="_static/explorables/([^"?]+)', live) == [
        "wave.mjs"
    ]
    assert live.count("explorables/explorables.css") == 1
    assert "explorables" not in plain
    inline = r"<script(?![^>]*\bsrc=)[^>]*>|\son\w+="
    figure = re.search(r"<figure.*?</figure>", live, re.S)[0]
    assert not re.search(inline, figure)


def test_other_builders_show_the_still_picture(built):
    text = " ".join((built[0] / "text/live.txt").read_text("utf-8").split())
    assert "A still line that rises" in text and "A line, and *more*." in text
    assert "data-explorable" not in text


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_named_with_its_place(built, name):
    assert re.search(rf"{name}\.md:\d+: [^\n]*{re.escape(BAD[name][1])}", built[1]), built[1]


def test_a_good_page_warns_of_nothing(built):
    assert "live.md" not in built[1] and "plain.md" not in built[1]
