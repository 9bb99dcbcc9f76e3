"""Oracles: small pages made by hand, each with one known fault, and one with none."""

import threading
import urllib.request

import pytest

from udlbook_site.checks import check_site
from udlbook_site.project import PressError
from udlbook_site.serve import make_server, serve

GOOD = """<!doctype html><html><head><title>A page</title></head><body>
<h1 id="top">Title</h1><a href="other.html#there">other</a> <a href="#top">top</a>
<a href="https://example.org/">elsewhere</a>
<img src="a.png" alt="A red line that falls from left to right.">
<svg role="img" aria-label="A blue line that rises from left to right."><title>t</title></svg>
</body></html>"""


def site(folder, body=""):
    (folder / "index.html").write_text(GOOD.replace("</body>", body + "</body>"))
    (folder / "other.html").write_text("<title>Other</title><p id='there'>")
    (folder / "a.png").write_bytes(b"")
    return folder


def test_a_sound_site_has_no_fault(tmp_path):
    assert check_site(site(tmp_path)) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="none.html">x</a>', "none.html leads nowhere"),
        ('<a href="other.html#gone">x</a>', "other.html#gone leads to a missing place"),
        ('<a href="#gone">x</a>', "#gone leads to a missing place"),
        ('<a href="/other.html">x</a>', "starts at the host's root"),
        (
            '<img src="b.png" alt="A red line that falls from left to right.">',
            "b.png leads nowhere",
        ),
        ('<img src="a.png">', "without an alt text"),
        ('<img src="a.png" alt=" ">', "without an alt text"),
        ('<img src="a.png" alt="a line">', "alt text of 6 characters"),
        ('<img src="a.png" alt="images/sphx_glr_plot_graph_001.png">', "a path or a hash"),
        ('<svg role="img"></svg>', "without an alt text"),
        ('<script src="https://example.org/x.js"></script>', "a request to another host"),
        ('<link rel="stylesheet" href="//example.org/x.css">', "a request to another host"),
        ('<p id="top">', "the id 'top' stands twice"),
        ('<span class="katex-error">x</span>', "KaTeX could not render"),
        ('<a class="problematic">x</a>', "a markup error"),
        ('<button onclick="go()">x</button>', "a script in an attribute"),
    ],
)
def test_each_fault_is_found_once(tmp_path, body, fault):
    faults = check_site(site(tmp_path, body))
    assert len(faults) == 1 and faults[0].startswith("index.html: ") and fault in faults[0]


def test_a_check_with_a_memory_gives_what_one_without_gives(tmp_path):
    memory = tmp_path / "memory.json"
    folder = tmp_path / "site"
    folder.mkdir()
    assert check_site(site(folder), memory) == check_site(folder, memory) == []
    (folder / "other.html").write_text("<title>Other</title><p id='elsewhere'>")
    once = check_site(folder)
    assert once == ["index.html: the link other.html#there leads to a missing place on other.html"]
    assert check_site(folder, memory) == once
    (folder / "other.html").unlink()
    assert check_site(folder, memory) == check_site(folder) != once
    memory.write_text("{")
    assert check_site(site(folder), memory) == []


def test_an_unchanged_file_is_not_read_twice(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(
        "udlbook_site.checks.secrets_in", lambda text, keywords: read.append(text) or []
    )
    memory = tmp_path / "memory.json"
    folder = tmp_path / "site"
    folder.mkdir()
    check_site(site(folder), memory)
    assert len(read) == 2
    (folder / "other.html").write_text("<title>Changed</title><p id='there'>")
    assert check_site(folder, memory) == []
    assert read[2:] == ["<title>Changed</title><p id='there'>"]


def test_a_page_without_a_title_and_a_site_without_an_index(tmp_path):
    assert "no index.html" in check_site(tmp_path)[0]
    site(tmp_path)
    (tmp_path / "other.html").write_text("<p id='there'>")
    assert check_site(tmp_path) == ["other.html: no title"]


def test_the_server_serves_the_site_and_only_on_this_machine(tmp_path):
    server = make_server(site(tmp_path), 0)
    assert server.server_address[0] == "127.0.0.1"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/") as answer:
            assert b"A page" in answer.read()
            assert answer.headers["Cache-Control"] == "no-cache"
        with pytest.raises(PressError, match="cannot be used"):
            serve(tmp_path, server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_there_must_be_a_site_to_serve(tmp_path):
    with pytest.raises(PressError, match="no site"):
        serve(tmp_path, 0)
