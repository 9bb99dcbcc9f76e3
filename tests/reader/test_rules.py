"""Oracles: small pages made up to break one rule each, and the same pages made sound."""

import pytest

pytestmark = pytest.mark.reader

GOOD_ALT = "Two lines that cross in the middle of the picture."
SWITCH = """<button class="theme-switch-button" onclick="
  const d = document.documentElement.dataset; d.theme = d.theme === 'dark' ? 'light' : 'dark';
">mode</button>"""
DARK = "html[data-theme=dark] body { background: #111; color: #eee }"
SVG = '<svg class="udl-figure" role="img" aria-label="{alt}" viewBox="0 0 9 9">{body}</svg>'


@pytest.fixture
def show(tmp_path, open_page, new_server):
    """Open a page with the given head and body."""

    def show_one(body: str, head: str = ""):
        style = "body { background: #fff; color: #111; margin: 0 }"
        (tmp_path / "index.html").write_text(
            f"<!DOCTYPE html><html lang='en' data-theme='light'><head><title>t</title>"
            f"<link rel='icon' href='data:,'><style>{style}</style>{head}</head>"
            f"<body><main>{body}</main></body></html>",
            "utf-8",
        )
        return open_page(new_server(tmp_path), "index.html")

    return show_one


def test_a_sound_page_has_no_fault(show):
    one = show(
        "<p>Words and a price of $5.</p>" + SWITCH + SVG.format(alt=GOOD_ALT, body=""),
        f"<style>{DARK}</style>",
    )
    assert one.console == one.elsewhere == one.failed == []
    assert one.formulas() == one.pictures() == one.sideways() == one.dark() == []


def test_an_error_on_the_console_is_found(show):
    assert show("<script>console.error('broken')</script>").console == ["broken"]


def test_a_script_that_throws_is_found(show):
    assert "nothing" in show("<script>nothing.there()</script>").console[0]


def test_a_request_to_another_host_is_found_and_held(show):
    one = show("<img src='https://other.invalid/x.png' alt='x'>")
    assert one.elsewhere == ["https://other.invalid/x.png"]


def test_a_file_that_is_not_there_is_found(show):
    one = show("<script src='gone.js'></script>")
    assert len(one.failed) == 1 and one.failed[0].startswith("404 ")
    assert one.failed[0].endswith("/gone.js")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<p>so $x_1 + y$ holds</p>", "TeX in the text: $x_1 + y$"),
        (r"<p>so \(x\) holds</p>", r"TeX in the text: \("),
        (r"<p>so \frac{1}{2}</p>", r"TeX in the text: \frac"),
        ('<span class="math">x</span>', "a formula not drawn: x"),
        ('<span class="katex"><span class="katex-html">x</span></span>', "without MathML"),
        ('<span class="katex-error">x</span>', "a formula that failed: x"),
        (
            '<span class="katex"><span class="katex-mathml"><math><mi>x</mi></math></span></span>',
            "a formula shown twice",
        ),
    ],
)
def test_a_formula_that_is_not_drawn_is_found(show, body, fault):
    found = show(body).formulas()
    assert len(found) == 1 and fault in found[0]


def test_code_may_hold_tex(show):
    assert show(r"<p><code>$x$ \frac</code></p><pre>\(x\)</pre>").formulas() == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<img src='data:,'>", "no alt text"),
        ("<img src='data:,' alt=''>", "no alt text"),
        ("<svg viewBox='0 0 9 9'></svg>", "no alt text"),
        ("<img src='data:,' alt='_images/sphx_glr_plot_001.svg'>", "a path or a hash"),
        ("<img src='data:,' alt='9f86d081884c7d659a2feaa0c55ad015'>", "a path or a hash"),
        ("<img src='data:,' alt='a loss curve'>", "too short"),
        (f"<img src='data:,' alt='{'word ' * 60}'>", "too long"),
        (
            f"<figure><img src='data:,' alt='{GOOD_ALT}'><figcaption>Fig. 1 "
            f"<span class='caption-text'>{GOOD_ALT}</span></figcaption></figure>",
            "repeats the caption",
        ),
    ],
)
def test_a_picture_without_a_text_is_found(show, body, fault):
    found = show(body).pictures()
    assert len(found) == 1 and fault in found[0]


def test_a_decoration_needs_no_text(show):
    body = "<svg aria-hidden='true' viewBox='0 0 9 9'></svg>"
    thumbnail = "<div class='sphx-glr-thumbcontainer'><img src='data:,' alt=''>Title</div>"
    assert show(body + thumbnail).pictures() == []


def test_an_icon_takes_its_name_from_its_button(show):
    icon = "<svg viewBox='0 0 9 9'></svg>"
    assert show(f"<button title='Copy'>{icon}</button>").pictures() == []
    assert len(show(f"<button>{icon}</button>").pictures()) == 1


def test_a_wide_table_is_found(show):
    row = "<td>" + "longword" * 8 + "</td>"
    found = show(f"<table class='wide'><tr>{row * 2}</tr></table>").sideways()
    assert len(found) == 1 and "table.wide" in found[0]


def test_a_wide_table_in_a_box_that_scrolls_is_no_fault(show):
    row = "<td>" + "longword" * 8 + "</td>"
    body = f"<div style='overflow-x: auto'><table><tr>{row * 2}</tr></table></div>"
    assert show(body).sideways() == []


@pytest.mark.parametrize(
    ("body", "style", "fault"),
    [
        ("<p>words</p>", DARK, "never reaches"),
        ("<p>words</p>", "", "the dark page is light"),
        ("<p>words</p>", "html[data-theme=dark] body { background: #111; color: #333 }", "text"),
        (SVG.format(alt=GOOD_ALT, body="<path d='M0 0h9' stroke='#000'/>"), DARK, "are black"),
        (
            SVG.format(alt=GOOD_ALT, body=""),
            DARK + "html[data-theme=dark] svg { color: #222 }",
            "a figure's ink",
        ),
    ],
)
def test_a_page_that_fails_in_the_dark_is_found(show, body, style, fault):
    switch = SWITCH
    if "never" in fault:
        switch = SWITCH.replace("d.theme === 'dark' ? 'light' : 'dark'", "'light'")
    found = show(f"<p>words</p>{body}{switch}", f"<style>{style}</style>").dark()
    assert any(fault in f for f in found), found


def test_figures_do_not_count_as_weight_and_fonts_count_as_they_are(show, tmp_path):
    (tmp_path / "font.woff2").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "style.css").write_text("p { color: red }" * 1000, "utf-8")
    light = show("<p>words</p>").weight()
    figure = SVG.format(
        alt=GOOD_ALT, body="".join(f"<path d='M{i} {i * i}'/>" for i in range(999))
    )
    assert abs(show("<p>words</p>" + figure).weight() - light) < 5
    head = (
        "<link rel='stylesheet' href='style.css'>"
        "<style>@font-face { font-family: f; src: url(font.woff2) } p { font-family: f }</style>"
    )
    heavy = show("<p>words</p>", head).weight() - light
    assert 10_240 < heavy < 10_240 + 600


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<p style='color: #999'>pale</p>", "color-contrast"),
        ("<a href='index.html'></a>", "link-name"),
        ("<button></button>", "button-name"),
        ("<table><tr><th></th><td>1</td></tr></table>", "empty-table-header"),
        ("<input>", "label"),
    ],
)
def test_a_barrier_is_found(show, body, fault):
    assert show("<h1>A page</h1><p>Words.</p>").barriers() == []
    found = show(f"<h1>A page</h1><p>Words.</p>{body}").barriers()
    assert len(found) == 1 and found[0].startswith(f"{fault}, 1 times")
