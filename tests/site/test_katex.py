"""Oracles: SHA-256 of the published files, an XML parser for the MathML, small books that Sphinx
builds, and formulas whose fate in strict LaTeX is known."""

import hashlib
import json
import multiprocessing
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from udlbook_site.sphinx_ext import katex

MATHML = "{http://www.w3.org/1998/Math/MathML}"


@pytest.fixture(autouse=True)
def no_process_left():
    """End the KaTeX process that a test has started, and forget what it drew."""
    yield
    katex.stop()
    katex._render.cache_clear()


def mathml(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(re.search(r"<math.*?</math>", html, re.S)[0])


CONF = r"""
extensions = ["myst_parser", "udlbook_site.sphinx_ext.katex"]
html_math_renderer = "udlkatex"
html_theme = "basic"
myst_enable_extensions = ["dollarmath", "amsmath"]
udlbook_katex_macros = {r"\EE": r"\mathbb{E}"}
"""


def build(tmp_path: Path, text: str, *, jobs: int = 1, **pages: str) -> tuple[Path, str]:
    """Build a book of one page (and more) from nothing; return its folder and the warnings."""
    source = tmp_path / "source"
    source.mkdir(exist_ok=True)
    (source / "conf.py").write_text(CONF, "utf-8")
    (source / "index.md").write_text(text, "utf-8")
    for name, body in pages.items():
        (source / f"{name}.md").write_text(f"---\norphan: true\n---\n{body}", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-qEN", "-j", str(jobs), source, tmp_path / "site"],
        capture_output=True,
        text=True,
        check=True,
    )
    return tmp_path / "site", done.stderr


# ------------------------------------------------------------------ the vendored files


def test_vendored_files_are_those_of_the_manifest():
    files = {
        str(p.relative_to(katex.DIST)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in katex.DIST.rglob("*")
        if p.is_file() and p.suffix not in {".py", ".json", ".pyc"}
    }
    assert files == katex.MANIFEST["sha256"]
    assert len([f for f in files if f.endswith(".woff2")]) == 24


def test_the_script_is_the_version_of_the_manifest():
    script = (katex.DIST / "katex.min.js").read_text("utf-8")
    assert f'version:"{katex.MANIFEST["version"]}"' in script.replace(": ", ":")


def test_the_style_asks_for_fonts_that_are_there_and_for_nothing_else():
    style = katex.DIST / "static" / "katex" / "katex.min.css"
    urls = re.findall(r"url\(([^)]*)\)", style.read_text("utf-8"))
    assert len(urls) == len(set(urls)) == 24
    assert all((style.parent / url).is_file() and url.endswith(".woff2") for url in urls)


def test_the_two_parts_of_a_font_share_no_sign():
    style = (katex.DIST / "static" / "katex" / "katex.min.css").read_text("utf-8")
    rules = re.findall(
        r"fonts/(KaTeX_[\w-]+)-(common|rest)\.woff2.*?unicode-range:([^}]+)\}", style
    )
    signs: dict[str, list[set[int]]] = {}
    for font, _, spans in rules:
        points = set()
        for span in spans.split(","):
            ends = [int(end, 16) for end in span.removeprefix("U+").split("-")]
            points |= set(range(ends[0], ends[-1] + 1))
        signs.setdefault(font, []).append(points)
    assert {font: len(parts) for font, parts in signs.items()} == {
        "KaTeX_AMS-Regular": 2,
        "KaTeX_Main-Bold": 2,
        "KaTeX_Main-Regular": 2,
        "KaTeX_Math-BoldItalic": 2,
    }
    for common, rest in signs.values():
        assert not common & rest
        assert {ord("E"), ord("μ")} & common
    assert (
        ord("∂") in signs["KaTeX_Main-Regular"][0] and ord("♠") in signs["KaTeX_Main-Regular"][1]
    )


# ------------------------------------------------------------------ one formula


def test_a_formula_becomes_html_and_mathml():
    html = katex.render(r"\frac{1}{x^2}", display=False)
    assert 'class="katex-html" aria-hidden="true"' in html
    fraction = mathml(html).find(f".//{MATHML}mfrac")
    assert [child.tag for child in fraction] == [f"{MATHML}mn", f"{MATHML}msup"]
    assert "katex-display" not in html
    assert "katex-display" in katex.render("x", display=True)


def test_macros_are_those_of_the_book():
    html = katex.render(r"\EE", display=False, macros={r"\EE": r"\mathbb{E}"})
    assert mathml(html).find(f".//{MATHML}mi").attrib == {"mathvariant": "double-struck"}
    with pytest.raises(ValueError, match="Undefined control sequence"):
        katex.render(r"\EE", display=False)


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"\frac{1", "Unexpected end of input"),
        (r"\foo", "Undefined control sequence"),
        (r"x^2^3", "Double superscript"),
        ("é", "strict mode"),
        (r"\href{https://example.org}{x}", "needs trust"),
        (r"\url{https://example.org}", "needs trust"),
        (r"\includegraphics{a.png}", "needs trust"),
        (r"\htmlStyle{color:red}{x}", "strict mode"),
        (r"\begin{split} a", "end of input"),
    ],
)
def test_a_formula_that_latex_would_refuse_is_refused(tex, said):
    with pytest.raises(ValueError, match=said):
        katex.render(tex, display=True)


def test_tex_that_looks_like_html_stays_text():
    html = katex.render(r"\text{<script>alert(1)</script>} < x", display=True)
    assert "<script" not in html
    assert mathml(html).find(f".//{MATHML}mtext") is not None


def test_lines_align_as_the_math_directive_promises():
    two_lines = katex.display_tex("a &= b \\\\ c &= d")
    assert len(mathml(katex.render(two_lines, display=True)).findall(f".//{MATHML}mtr")) == 2
    two_formulas = katex.display_tex("a = b\n\nc = d \\\\ e")
    tables = mathml(katex.render(two_formulas, display=True)).findall(f".//{MATHML}mtable")
    assert [len(t.findall(f"{MATHML}mtr")) for t in tables] == [2, 2]
    assert katex.display_tex("x = 1\n") == "x = 1"
    assert katex.display_tex(r"\begin{cases} a \\ b \end{cases}").count("begin") == 1


def test_amsmath_environments_do_not_number_themselves():
    starred = katex.display_tex("\\begin{align}\na &= b\n\\end{align}", nowrap=True)
    assert starred == "\\begin{align*}\na &= b\n\\end{align*}"
    assert "katex-eqn" not in katex.render(starred, display=True)
    assert katex.display_tex(r"\begin{align*}a\end{align*}", True).count("*") == 2


def test_thousands_of_formulas_take_seconds():
    katex.render("x", display=False)
    began = time.perf_counter()
    for i in range(1000):
        katex.render(rf"\sum_{{i=1}}^{{{i}}} \frac{{x_i^2}}{{\sigma_{{{i}}}}}", display=True)
    fresh = time.perf_counter() - began
    assert fresh < 5, "7,000 formulas must take well under a minute"
    began = time.perf_counter()
    katex.render(r"\sum_{i=1}^{7} \frac{x_i^2}{\sigma_{7}}", display=True)
    assert time.perf_counter() - began < fresh / 200, "a known formula is not drawn again"


def _in_a_fork(queue) -> None:
    html = katex.render("y^2", display=False)
    queue.put((html, katex._engine._process.pid))
    katex.stop()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_draws_with_a_process_of_its_own():
    here = katex.render("x", display=False)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=_in_a_fork, args=(queue,))
    child.start()
    html, process = queue.get()
    assert "katex-html" in html
    assert process != katex._engine._process.pid, "two processes must not read one pipe"
    child.join(20)
    assert child.exitcode == 0
    assert katex.render("x", display=False) == here
    assert "katex-html" in katex.render("fresh_1", display=False), "the parent's still answers"


# ------------------------------------------------------------------ whole pages


def test_a_page_shows_every_kind_of_formula_and_loads_no_script_for_them(tmp_path):
    text = r"""# Title

Inline $\EE$ and a display:

$$ a = b $$ (eq-first)

See {eq}`eq-first`.

\begin{align}
c &= d \\
e &= f
\end{align}

```{math}
:label: eq-lines
g &= h \\
i &= j
```
"""
    site, warnings = build(tmp_path, text, plain="# No formula here\n")
    assert warnings == ""
    page = (site / "index.html").read_text("utf-8")
    assert page.count('class="katex-display"') == 3
    assert 'mathvariant="double-struck"' in page
    assert re.search(
        r'id="equation-eq-first".*?<span class="eqno">\(1\)<a class="headerlink"', page, re.S
    )
    assert 'href="#equation-eq-first"' in page
    assert page.count('class="udl-formula"') == 3
    visible = re.sub(r"<annotation.*?</annotation>|<title>.*?</title>", "", page, flags=re.S)
    assert not re.search(r"\\\(|\\\[|\$|\\begin", visible)
    assert page.count("katex.min.css") == 1 and page.count('rel="preload"') == 2
    assert (site / "_static/katex/fonts/KaTeX_Main-Regular-common.woff2").is_file()
    everything = "".join(p.read_text("utf-8") for p in site.glob("*.html"))
    assert not re.search(r"<(script|link)[^>]*mathjax", everything, re.I)
    plain = (site / "plain.html").read_text("utf-8")
    assert "katex" not in plain


def test_a_broken_formula_is_a_warning_with_its_place(tmp_path):
    _, warnings = build(tmp_path, "# Title\n\nGood $x$.\n\nBroken $\\frac{1$ here.\n")
    assert re.search(r"index\.md:5: WARNING: formula '\\\\frac\{1': .*end of input", warnings)
    _, warnings = build(tmp_path, "# Title\n\nGood $x$.\n\n$$ \\foo $$\n")
    assert re.search(r"index\.md:5: WARNING: formula ' ?\\\\foo ?': .*Undefined", warnings)


def test_a_parallel_build_gives_the_same_pages(tmp_path):
    pages = {
        f"page{i}": f"# Page {i}\n\n$x_{{{i}}}$\n\n$$ y^{{{i}}} $$ (e{i})\n" for i in range(12)
    }
    out = []
    for jobs in (1, 3):
        folder = tmp_path / str(jobs)
        folder.mkdir()
        site, warnings = build(folder, "# Book\n\n$z$\n", jobs=jobs, **pages)
        assert warnings == ""
        out.append({p.name: p.read_text("utf-8") for p in site.glob("page*.html")})
    assert len(out[0]) == 12
    assert out[0] == out[1]


def test_the_manifest_names_where_it_came_from():
    assert katex.MANIFEST["package"] == "katex"
    assert len(katex.MANIFEST["published"]) == 20
    assert json.dumps(katex.MANIFEST["integrity"]).startswith('"sha512-')


def test_a_process_that_fails_ends():
    """It once hung in the end of V8, two times in six, and the press waited for its answer."""
    question = json.dumps({"tex": r"\alpha", "display": False, "macros": {}}) + "\n"
    latin = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    for _ in range(8):
        done = subprocess.run(
            [sys.executable, katex.DIST / "serve.py"],
            input=question,
            env=latin,
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert done.returncode == 1 and "UnicodeEncodeError" in done.stderr
