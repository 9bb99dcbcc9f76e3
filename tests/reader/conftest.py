"""A real browser, a server for a folder, and the rules that a page must keep.

The rules live here, so that ``test_rules.py`` can see each of them fail on a made-up page and
``test_site.py`` can hold the built site to them.
"""

import functools
import gzip
import http.server
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SITE = Path(os.environ.get("UDLBOOK_SITE", Path(__file__).parents[2] / "_build" / "html"))
REQUIRED = "UDLBOOK_READER_REQUIRED"
AXE = Path(__file__).with_name("axe") / "axe.min.js"  # 4.14.1, of the npm package axe-core


def missing(what: str) -> None:
    """Skip, or fail where the reader tests must run."""
    if os.environ.get(REQUIRED):
        pytest.fail(f"{what}, and {REQUIRED} is set")
    pytest.skip(what)


def chromium() -> str:
    """Where the browser is."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing("Chromium is not installed: no program called chromium or chromium-browser")
    return path


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests of a process."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                # A page under test reaches this machine and nothing else.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ],
        )
        yield running
        running.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server:
    """A folder, served on a port of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        handler = functools.partial(_Quiet, directory=str(folder))
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the server."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture(scope="session")
def site() -> Iterator[Server]:
    """The built site."""
    if not (SITE / "index.html").is_file():
        missing(f"no site in {SITE}: run `make site` first, or set UDLBOOK_SITE")
    server = Server(SITE)
    yield server
    server.close()


@dataclass
class Visit:
    """A page in the browser, and what went wrong while it loaded."""

    page: object
    server: Server
    console: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    # ---------------------------------------------------------------- rules: each gives its faults

    def formulas(self) -> list[str]:
        """TeX that a reader sees, formulas that failed, formulas without MathML."""
        return self.page.evaluate(_FORMULAS)

    def pictures(self) -> list[str]:
        """Pictures whose alt text is missing, a path, a hash, of bad length, or the caption."""
        return [
            f"{problem}: {text!r} ({what})"
            for what, text, caption in self.page.evaluate(_PICTURES)
            if (problem := alt_fault(text, caption))
        ]

    def sideways(self, width: int = 320) -> list[str]:
        """What makes the page wider than the screen, which is of this width from now on."""
        self.page.set_viewport_size({"width": width, "height": 800})
        wide, culprits = self.page.evaluate(_SIDEWAYS)
        return [f"{wide} px wide on a screen of {width}: {culprits}"] if wide > width else []

    def dark(self) -> list[str]:
        """Whether the switch makes a page dark, readable, and its figures with it."""
        light = self.page.evaluate(_COLORS)
        faults = _readable("light", light)
        theme = "document.documentElement.dataset.theme"
        for _ in range(3):  # light, dark, as the system
            if self.page.evaluate(theme) != "dark":
                self.page.evaluate("document.querySelector('.theme-switch-button').click()")
        if self.page.evaluate(theme) != "dark":
            return [*faults, "the switch never reaches the dark theme"]
        dark = self.page.evaluate(_COLORS)
        faults += _readable("dark", dark)
        if luminance(light["page"]) < 0.8:
            faults.append(f"the light page is dark: {light['page']}")
        if luminance(dark["page"]) > 0.1:
            faults.append(f"the dark page is light: {dark['page']}")
        if dark["black"]:
            faults.append(f"{dark['black']} parts of figures are black on the dark page")
        return faults

    def barriers(self) -> list[str]:
        """What axe-core finds that bars people who use a page with other means than eyes and
        mouse: WCAG 2.2, levels A and AA, and best practice."""
        self.page.evaluate(AXE.read_text("utf8"))
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        return self.page.evaluate(
            """(rules) => axe.run(document, {runOnly: rules, resultTypes: ["violations"]}).then(
              (result) => result.violations.map(({id, nodes}) =>
                `${id}, ${nodes.length} times: ${nodes[0].html.slice(0, 200)}`))""",
            rules,
        )

    def weight(self) -> int:
        """Bytes that the page costs, compressed, without its figures."""
        total = 0
        for address in dict.fromkeys(self.fetched):
            parts = urlsplit(address)
            path = self.server.folder / unquote(parts.path).lstrip("/")
            if not path.is_file() or path.suffix in {".svg", ".png", ".jpg"}:
                continue
            data = path.read_bytes()
            if path.suffix == ".html":
                data = re.sub(rb'<svg class="udl-figure.*?</svg>', b"", data, flags=re.S)
            total += len(data) if path.suffix == ".woff2" else len(gzip.compress(data, 9))
        return total


class Reader:
    """Someone who opens pages in a window, and notes what happens.

    Args:
        browser: A running Chromium.
        width: Of the screen, in CSS pixels.
        mode: What the system prefers, light or dark.
    """

    def __init__(self, browser, *, width: int = 1280, mode: str = "light") -> None:
        self._screen = {"width": width, "height": 900}
        self._context = browser.new_context(viewport=self._screen, color_scheme=mode)
        self.page = self._context.new_page()
        self.page.set_default_timeout(10_000)
        self._now: Visit | None = None
        self.page.on("request", self._note_request)
        self.page.on("response", self._note_response)
        self.page.on("console", lambda m: self._note(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self._note(str(error)))

    def open(self, server: Server, name: str) -> Visit:
        """Open a page: its path, with a query if there is one."""
        self._now = Visit(self.page, server)
        self.page.set_viewport_size(self._screen)
        self.page.goto(f"{server.address}/{name}", wait_until="load")
        self.page.evaluate("document.fonts.ready.then(() => 0)")
        return self._now

    def close(self) -> None:
        """Close the window."""
        self._context.close()

    def _note(self, problem: str) -> None:
        self._now.console.append(problem)

    def _note_request(self, request) -> None:
        if not request.url.startswith((self._now.server.address, "data:", "blob:")):
            self._now.elsewhere.append(request.url)

    def _note_response(self, response) -> None:
        self._now.fetched.append(response.url)
        if response.status >= 400:
            self._now.failed.append(f"{response.status} {response.url}")


def pytest_configure(config) -> None:
    """Tell test_site.py where the site is, while it is collected."""
    config.stash["udlbook site"] = SITE


@pytest.fixture(scope="module")
def new_reader(browser) -> Iterator[Callable[..., Reader]]:
    """Open windows, and close them after the last test of the file."""
    readers: list[Reader] = []

    def begin(**options) -> Reader:
        readers.append(Reader(browser, **options))
        return readers[-1]

    yield begin
    for one in readers:
        one.close()


@pytest.fixture(scope="module")
def new_server() -> Iterator[Callable[[Path], Server]]:
    """Serve folders, and end the servers after the last test of the file."""
    servers: list[Server] = []

    def serve(folder: Path) -> Server:
        servers.append(Server(folder))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


@pytest.fixture
def open_page(browser):
    """Open pages, each in a window of its own, and close them when the test ends."""
    readers: list[Reader] = []

    def open_one(server: Server, name: str, **options) -> Visit:
        readers.append(Reader(browser, **options))
        return readers[-1].open(server, name)

    yield open_one
    for one in readers:
        one.close()


def alt_fault(text: str | None, caption: str) -> str | None:
    """What is wrong with the text of a picture."""
    words = " ".join((text or "").split())
    if not words:
        return "no alt text"
    if " " not in words:
        return "the alt text is a path or a hash"
    if len(words) < 20:
        return "the alt text is too short"
    if len(words) > 250:
        return "the alt text is too long"

    def plain(s: str) -> str:
        return re.sub(r"\W+", " ", s).strip().lower()

    if caption and (plain(words) in plain(caption) or plain(caption) in plain(words)):
        return "the alt text repeats the caption"
    return None


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2) of a computed CSS color."""
    numbers = [float(n) for n in re.findall(r"[\d.]+", color)[:3]]
    c = [n / 255 for n in numbers]
    c = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in c]
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]


def contrast(a: str, b: str) -> float:
    """Contrast (WCAG 2.2) of two computed CSS colors."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def _readable(mode: str, colors: dict) -> list[str]:
    faults = []
    if contrast(colors["text"], colors["page"]) < 4.5:
        faults.append(f"{mode}: text {colors['text']} on {colors['page']}")
    faults += [
        f"{mode}: a figure's ink {ink} on {colors['page']}"
        for ink in sorted(set(colors["inks"]))
        if contrast(ink, colors["page"]) < 4.5
    ]
    return faults


_FORMULAS = r"""() => {
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const hidden = 'script, style, code, pre, .katex-mathml, .katex-html, svg, noscript, textarea';
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest(hidden)) continue;
    const tex = node.data.match(/\$\S[^$\n]*\$|\\\(|\\\[|\\[a-zA-Z]{2,}/);
    if (tex) faults.push('TeX in the text: ' + tex[0].slice(0, 60));
  }
  for (const e of document.querySelectorAll('.katex-error, .udl-broken-formula'))
    faults.push('a formula that failed: ' + e.textContent.slice(0, 60));
  for (const e of document.querySelectorAll('.katex')) {
    const maths = e.querySelector('.katex-mathml math');
    if (!maths || !maths.textContent.trim()) { faults.push('a formula without MathML'); continue; }
    const style = getComputedStyle(e.querySelector('.katex-mathml'));
    if (style.position !== 'absolute') faults.push('a formula shown twice: its style is missing');
  }
  const marked = document.querySelectorAll('span.math, div.math');
  for (const e of marked)
    if (!e.querySelector('.katex, .udl-broken-formula'))
      faults.push('a formula not drawn: ' + e.textContent.slice(0, 60));
  return [...new Set(faults)];
}"""

_PICTURES = r"""() => {
  const found = [];
  for (const e of document.querySelectorAll('img, svg')) {
    const svg = e.tagName.toLowerCase() === 'svg';
    if (e.closest('[aria-hidden="true"]')) continue;
    if (svg && e.parentElement.closest('svg')) continue;
    // an icon in a button or a link that has a name
    const control = e.closest('button, a, summary');
    const name = control && (control.getAttribute('aria-label') || control.title ||
                             control.dataset.tooltip || control.innerText || '').trim();
    if (svg && name && !e.hasAttribute('role')) continue;
    // a thumbnail stands in a link that has words of its own
    if (!svg && e.getAttribute('alt') === '' && e.closest('.sphx-glr-thumbcontainer')) continue;
    const text = e.getAttribute(svg ? 'aria-label' : 'alt');
    const words = e.closest('figure')?.querySelector('figcaption .caption-text');
    const caption = words?.innerText || '';
    const where = svg ? 'svg ' + (e.closest('[id]')?.id || '') : e.getAttribute('src');
    found.push([where.slice(0, 80), text, caption]);
  }
  return found;
}"""

_SIDEWAYS = r"""() => {
  const wide = document.documentElement.scrollWidth, culprits = [];
  if (wide > innerWidth)
    for (const e of document.querySelectorAll('body *')) {
      if (e.getBoundingClientRect().right <= innerWidth + 1) continue;
      let box = e.parentElement;
      while (box && box !== document.body && getComputedStyle(box).overflowX === 'visible')
        box = box.parentElement;
      if (box === document.body)
        culprits.push(e.tagName.toLowerCase() + '.' + (e.getAttribute('class') || ''));
    }
  return [wide, [...new Set(culprits)].slice(0, 5).join(', ')];
}"""

_COLORS = r"""() => {
  const ground = (e) => {
    for (let x = e; x; x = x.parentElement) {
      const c = getComputedStyle(x).backgroundColor;
      if (c !== 'rgba(0, 0, 0, 0)' && c !== 'transparent') return c;
    }
    return 'rgb(255, 255, 255)';
  };
  const text = document.querySelector('article p, main p') || document.body;
  const figures = [...document.querySelectorAll('svg.udl-figure')];
  let black = 0;
  for (const f of figures)
    for (const e of f.querySelectorAll('path, use, rect, circle, text, line, polygon')) {
      const s = getComputedStyle(e);
      if (s.fill === 'rgb(0, 0, 0)' && s.fillOpacity > 0 && e.tagName !== 'image') black++;
      if (s.stroke === 'rgb(0, 0, 0)' && s.strokeOpacity > 0) black++;
    }
  return {page: ground(text), text: getComputedStyle(text).color,
          inks: figures.map((f) => getComputedStyle(f).color), black};
}"""
