"""Oracles: Python's HTML parser reading the result, documents made to attack, and books
that Sphinx builds."""

import io
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from udlbook.plot import COLORS, book_style
from udlbook_site.sphinx_ext import svg

ALT = "One line that rises from the left to the right."
NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def drawing(body: str, head: str = 'viewBox="0 0 10 20"') -> str:
    return f'<?xml version="1.0"?><svg {NS} {head}>{body}</svg>'


def matplotlib_svg() -> str:
    with mpl.rc_context(), book_style():
        fig = Figure()
        ax = fig.subplots()
        for color in COLORS.values():
            ax.plot([0, 1, 2], [1, 3, 2], color=color, marker="o")
        ax.set(xlabel="$x$", ylabel="y", facecolor="white")
        out = io.StringIO()
        fig.savefig(out, format="svg")
    return out.getvalue()


class Page(HTMLParser):
    """Tags, attributes and text of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in <{tag}>"
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def values(self, name: str) -> list[str]:
        return [a[name] for _, a in self.tags if name in a]


def test_a_matplotlib_figure_follows_the_page():
    source = matplotlib_svg()
    assert "<metadata>" in source and "<style" in source and "<!--" in source
    html = svg.inline(source, ALT, prefix="f0-")
    page = Page(html)
    assert page.tags[0][1]["role"] == "img"
    assert page.tags[0][1]["aria-label"] == ALT
    assert not re.search(r"<!|<\?|<metadata|<style|#000000|#ffffff|xlink", html)
    assert "stroke:currentColor" in html and "fill:var(--pst-color-background)" in html
    for name, color in COLORS.items():
        assert f"stroke:var(--udl-{name},{color})" in html
        assert re.search(rf"(?<!,){color}", html) is None


def test_ids_are_few_and_start_with_the_prefix():
    first, second = (Page(svg.inline(matplotlib_svg(), ALT, prefix=p)) for p in ("f0-", "f1-"))
    ids = first.values("id")
    assert ids == [f"f0-{i}" for i in range(len(ids))]
    assert {h.removeprefix("#") for h in first.values("href")} <= set(ids)
    assert not set(ids) & set(second.values("id"))
    assert svg.inline(matplotlib_svg(), ALT, prefix="a") == svg.inline(
        matplotlib_svg(), ALT, prefix="a"
    )


def test_it_shrinks_with_the_page_and_keeps_its_shape():
    head = 'width="72pt" height="36pt" viewBox="0 0 72 36"'
    attributes = Page(svg.inline(drawing("<path d='M0 0'/>", head), ALT, prefix="f")).tags[0][1]
    assert (attributes["width"], attributes["height"]) == ("96", "48")
    assert attributes["viewbox"] == "0 0 72 36"
    with pytest.raises(ValueError, match="viewBox, or width and height"):
        svg.inline(drawing("", ""), ALT, prefix="f")


def test_numbers_keep_what_can_be_seen():
    html = svg.inline(drawing('<path d="M 1.23456 -0.001 L 1e-7 12"/>'), ALT, prefix="f")
    assert 'd="M 1.23 -0.00 L 1e-7 12"' in html


def test_text_and_labels_are_escaped():
    html = svg.inline(
        drawing("<text>a &lt;b&gt; &amp; <tspan>c</tspan> d</text>"),
        'x" onload="1 <i>',
        prefix="f",
    )
    page = Page(html)
    assert "".join(page.words) == "a <b> & c d"
    assert [tag for tag, _ in page.tags] == ["svg", "text", "tspan"]
    assert page.tags[0][1]["aria-label"] == 'x" onload="1 <i>'


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<svg:script xmlns:svg='http://www.w3.org/2000/svg'>alert(1)</svg:script>",
        "<g onload='alert(1)'/>",
        "<path d='M0 0' OnClick='alert(1)'/>",
        "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>",
        "<a href='https://example.org'><path d='M0 0'/></a>",
        "<use href='https://example.org/x.svg#a'/>",
        "<use xlink:href='javascript:alert(1)'/>",
        "<image href='https://example.org/x.png'/>",
        "<image href='data:image/svg+xml;base64,AAAA'/>",
        "<image href='data:text/html,x'/>",
        "<path style='fill:url(https://example.org/x)'/>",
        "<path fill='url(//example.org/x)'/>",
        "<path style='background:u\\72l(//example.org)'/>",
        "<style>* { fill: red }</style>",
        "<style>@import url(https://example.org)</style>",
        "<animate attributeName='href' to='javascript:alert(1)'/>",
        "<set attributeName='onload' to='alert(1)'/>",
        "<iframe src='https://example.org'/>",
        "<use href='#nowhere'/>",
        "<g id='a'/><g id='a'/><use href='#a'/>",
        "<path",
    ],
)
def test_what_does_not_draw_is_refused(body):
    with pytest.raises(ValueError, match="an SVG figure"):
        svg.inline(drawing(body), ALT, prefix="f")


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + drawing("<text>&a;</text>").partition("?>")[2],
        "<html xmlns='http://www.w3.org/1999/xhtml'/>",
        "no markup",
    ],
)
def test_what_is_no_plain_svg_is_refused(text):
    with pytest.raises(ValueError, match="an SVG figure must"):
        svg.inline(text, ALT, prefix="f")


@pytest.mark.parametrize(
    ("alt", "problem"),
    [
        (None, "is missing"),
        ("  ", "is missing"),
        ("a loss curve", "has 12 characters"),
        ("word " * 60, "has 299 characters"),
        ("_images/sphx_glr_plot_graph_001.svg", "is a path or a hash"),
        ("0123456789abcdef0123456789abcdef", "is a path or a hash"),
        (ALT, None),
    ],
)
def test_alt_texts_are_judged(alt, problem):
    found = svg.alt_problem(alt)
    assert found == problem if problem is None else found.startswith(problem)


# ------------------------------------------------------------------ in a book

CONF = """
extensions = ["myst_nb", "udlbook_site.sphinx_ext.svg"]
html_theme = "basic"
nb_execution_mode = "off"
"""


def build(tmp_path: Path, text: str, check: bool = True) -> tuple[str, str]:
    (tmp_path / "conf.py").write_text(CONF, "utf-8")
    (tmp_path / "index.md").write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-qEN", tmp_path, tmp_path / "site"],
        capture_output=True,
        text=True,
        check=check,
    )
    page = tmp_path / "site" / "index.html"
    return page.read_text("utf-8") if page.exists() else "", done.stderr


def test_figures_of_a_page_are_written_into_it(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "line.svg").write_text(matplotlib_svg(), "utf-8")
    text = f"""# Title

```{{figure}} pictures/line.svg
:name: fig-line
:alt: {ALT}
:width: 50%
A line.
```

![{ALT} Again, by itself.](pictures/line.svg)
"""
    html, warnings = build(tmp_path, text)
    page = Page(html)
    assert warnings == ""
    assert [a["aria-label"] for t, a in page.tags if t == "svg"] == [
        ALT,
        f"{ALT} Again, by itself.",
    ]
    assert "<img" not in html
    assert len(page.values("id")) == len(set(page.values("id")))
    assert re.search(r'<figure[^>]*id="fig-line".*?<svg[^>]*width:50%.*?<figcaption', html, re.S)


def test_a_figure_without_a_good_alt_text_is_a_warning_with_its_place(tmp_path):
    (tmp_path / "line.svg").write_text(matplotlib_svg(), "utf-8")
    _, warnings = build(tmp_path, "# Title\n\n```{image} line.svg\n```\n")
    assert re.search(r"index\.md:.*WARNING: figure line\.svg: its alt text is missing", warnings)


def test_a_figure_that_is_too_long_stays_a_file(tmp_path):
    (tmp_path / "long.svg").write_text(
        drawing("".join(f'<path d="M {i} 0 L {i} 9"/>' for i in range(20_000))), "utf-8"
    )
    html, warnings = build(tmp_path, f"# Title\n\n![{ALT}](long.svg)\n")
    assert warnings == ""
    assert re.search(r'<img alt="One line[^>]*class="udl-figure-file"', html)
    assert (tmp_path / "site" / "_images" / "long.svg").exists()


def test_a_figure_with_a_script_stops_the_build(tmp_path):
    (tmp_path / "bad.svg").write_text(drawing("<script>alert(1)</script>"), "utf-8")
    _, warnings = build(tmp_path, f"# Title\n\n![{ALT}](bad.svg)\n", check=False)
    assert "index: bad.svg: an SVG figure must only draw; got <script>" in warnings
