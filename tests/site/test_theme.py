"""Oracles: the palette of udlbook.plot, the WCAG contrast formula, the files as they lie there."""

import re
from pathlib import Path

import pytest

from udlbook.plot import COLORS, DARK_COLORS
from udlbook_site.sphinx_ext import theme

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "book" / "_static"
TEMPLATES = ROOT / "book" / "_templates"
CSS = (STATIC / "udlbook.css").read_text("utf-8")


def variables(mode: str) -> dict[str, str]:
    """The variables that the style sheet sets for a mode."""
    blocks = re.findall(rf'^html\[data-theme="{mode}"\] \{{([^}}]*)\}}', CSS, re.M)
    return dict(re.findall(r"--udl-([\w-]+): ([^;]+);", " ".join(blocks)))


def contrast(a: str, b: str) -> float:
    def light(color: str) -> float:
        c = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        c = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in c]
        return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]

    low, high = sorted((light(a), light(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("mode", "colors"), [("light", COLORS), ("dark", DARK_COLORS)])
def test_the_page_has_the_colours_of_the_figures(mode, colors):
    found = variables(mode)
    assert {name: found[name] for name in colors} == colors


def test_the_pages_are_those_that_the_palette_was_made_for():
    assert variables("light")["page"] == "#ffffff"
    assert variables("dark")["page"] == "#14171c"


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("words", ["ink", "soft", "link", "code-value"])
@pytest.mark.parametrize("ground", ["page", "panel", "tint"])
def test_words_can_be_read_on_every_ground(mode, words, ground):
    found = variables(mode)
    assert contrast(found[words], found[ground]) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_lines_of_buttons_can_be_seen(mode):
    found = variables(mode)
    assert contrast(found["strong-line"], found["page"]) >= 3


def test_no_file_of_the_look_asks_another_host():
    files = [*STATIC.rglob("*.css"), *STATIC.rglob("*.js"), *TEMPLATES.rglob("*.html")]
    assert len(files) >= 6
    for path in files:
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(https?:)?//[\w-]+\.\w", text), path


def test_no_template_runs_a_script_of_its_own():
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=", text), path


def test_every_font_of_the_style_sheet_is_there_with_its_license():
    fonts = re.findall(r"url\((fonts/[^)]+)\)", CSS)
    assert sorted(fonts) == sorted(f"fonts/{p.name}" for p in STATIC.glob("fonts/*.woff2"))
    assert sum((STATIC / f).stat().st_size for f in fonts if "-common" in f) < 70_000
    for path in fonts:
        family = re.match(r"fonts/([a-z0-9-]+)-latin-", path)[1]
        license_text = (STATIC / "fonts" / f"LICENSE-{family}.txt").read_text("utf-8")
        assert "SIL Open Font License, Version 1.1" in license_text


def test_the_icons_of_the_switches_are_drawn():
    drawn = set(re.findall(r"^\.fa-([a-z-]+) \{ --icon: url", CSS, re.M))
    switch = _theme_folder("pydata_sphinx_theme") / "pydata_sphinx_theme/components"
    for name in ("theme-switcher", "search-button-field", "search-field", "prev-next"):
        text = (switch / f"{name}.html").read_text("utf-8")
        used = set(re.findall(r"fa-solid fa-([a-z-]+)", text))
        assert used and used <= drawn, name


def _theme_folder(package: str) -> Path:
    module = __import__(package)
    return Path(module.__file__).parent / "theme"


def test_slimming_keeps_every_rule_that_a_page_can_need():
    css = """
    @charset "utf-8"; @import url("x.css");
    /* .gone { } */ html, body > p { a: b; }
    .used:not(.gone)::before { content: "}.gone{"; }
    .used.gone, .gone .used, .used :is(.gone, p) { c: d }
    [class*="gone"] { e: f }
    @media (min-width: 9px) { .gone { g: h } .used { g: h } }
    @media print { .gone { i: j } @supports (x: y) { .gone { k: l } } }
    @keyframes gone { from { m: n } to { o: p } }
    @font-face { font-family: "Font Awesome 6 Free"; src: url(fa.woff2) }
    @font-face { font-family: Kept; src: url(kept.woff2) }
    """
    assert re.sub(r"\s+", " ", theme.slim(css, {"used"})) == (
        '@charset "utf-8";@import url("x.css");html,body > p{a: b;}'
        '.used:not(.gone)::before{content: "}.gone{";}'
        ".used :is(.gone, p){c: d}"
        '[class*="gone"]{e: f}'
        "@media (min-width: 9px){.used{g: h}}"
        "@keyframes gone{from { m: n } to { o: p }}"
        "@font-face{font-family: Kept; src: url(kept.woff2)}"
    )


def test_slimming_the_theme_with_all_its_classes_loses_no_rule():
    styles = _theme_folder("pydata_sphinx_theme") / "pydata_sphinx_theme/static/styles"
    css = (styles / "pydata-sphinx-theme.css").read_text("utf-8")
    everything = theme.slim(css, set(re.findall(r"[A-Za-z_][\w-]*", css)))
    for sign in ("{", ":hover", "@media", "--pst-color-", "!important", ".navbar"):
        lost = css.count(sign) - everything.count(sign)
        assert lost <= 3, sign  # the three fonts of icons
    nothing = theme.slim(css, set())
    assert len(nothing) < 0.3 * len(css)
    assert "--pst-color-" in nothing and ".navbar" not in re.sub(r"\([^()]*\)", "", nothing)
