"""Sixteen faults. Oracles: the fault itself, injected for real; what a reader is served meanwhile;
the processes and files that are there after."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from udlbook_site.serve import make_server

AWS = "AKIA" + "QWERTYUIOPASDFGH"  # a key of nobody

# Faults of a page: what its one cell does, options of its front matter, and what must be said.
PAGE_FAULTS = {
    "1 a hanging cell": (
        "import time\nfor _ in range(600): time.sleep(0.1)",
        "{timeout: 1}",
        ["ran longer than the 1 s a cell may take", "raise `timeout`"],
    ),
    "1 a hanging page": (
        "import time\nfor _ in range(600): time.sleep(0.1)",
        "{page_timeout: 4}",
        ["was running when the page's 4 s were over", "raise `page_timeout`"],
    ),
    "2 a raising cell": (
        "def f():\n    return 1 / 0\nf()",
        "",
        ["raised ZeroDivisionError: division by zero", "return 1 / 0"],
    ),
    "5 a kernel that ends itself": ("import os\nos._exit(7)", "", ["killed the kernel", "code 7"]),
    "5 a killed kernel": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "",
        ["killed the kernel (signal SIGKILL"],
    ),
    "6 too much memory": (
        "import numpy as np\nx = [np.ones(2**24) for _ in range(100)]",
        "{memory: 1}",
        ["more than the 1 GiB a page may", "raise `memory`"],
    ),
    "7 too much text at once": ("print('x' * 20_000_000)", "", ["64 KB of text", "a summary"]),
    "7 a flood of text": (
        "for _ in range(100_000): print('x' * 200)",
        "",
        ["64 KB of text", "a summary"],
    ),
    "7 too long a value": ("'x' * 70_000", "", ["64 KB of text", "a summary"]),
    "7 too large a figure": (
        "import numpy as np\nimport matplotlib.pyplot as plt\n"
        "plt.scatter(*np.random.default_rng(0).normal(size=(2, 40_000)));",
        "",
        ["a figure of", "MB, more than 1 MB", "rasterized=True"],
    ),
    "8 a key": (f"print({AWS[:8]!r} + {AWS[8:]!r})", "", ["secret (AWS Access Key)", "revoke it"]),
    "8 a password": (
        "print('password = ' + repr('hunter2' * 3))",
        "",
        ["secret (Secret Keyword)", "revoke it"],
    ),
    "8 a secret in a figure": (
        f"import matplotlib.pyplot as plt\nplt.title({AWS[:8]!r} + {AWS[8:]!r});",
        "",
        ["secret (AWS Access Key)"],
    ),
    "8 a credential of the press": (
        "import os\nassert 'BOOK_TOKEN' not in os.environ  # pages are not given credentials\n"
        "import psutil\n"
        "for process in psutil.Process().parents()[:3]:\n"
        "    print(process.environ().get('BOOK_TOKEN', ''))",
        "",
        ["secret (the value of $BOOK_TOKEN)"],
    ),
    "16 a handler of events": (
        "from IPython.display import HTML\nHTML('<img src=x onerror=alert(1)>')",
        "",
        ["text/html, which is not published", "show one of", "image/svg+xml"],
    ),
    "16 a script": (
        "from IPython.display import HTML\nHTML('<script>alert(1)</script>')",
        "",
        ["text/html, which is not published"],
    ),
    "16 JavaScript": (
        "from IPython.display import Javascript\nJavascript('alert(1)')",
        "",
        ["application/javascript, which is not published"],
    ),
}


@pytest.mark.parametrize("fault", PAGE_FAULTS)
def test_a_page_gone_bad(built, monkeypatch, fault):
    """4 A good page turned bad, in each way; 3 and the same again in a second build."""
    monkeypatch.setenv("BOOK_TOKEN", "not-to-be-printed")
    code, options, words = PAGE_FAULTS[fault]
    path = built.root / "book" / "one.md"
    good = path.read_text()
    with untouched(built):
        built.page("one", code)
        if options:
            path.write_text(path.read_text().replace("---\n", f"---\nudlbook: {options}\n", 1))
        line = path.read_text().splitlines().index(code.splitlines()[0]) + 1
        for _ in range(2 if fault[0] == "2" else 1):
            done = built.command("build")
            assert done.returncode == 1, done.stdout + done.stderr
            for word in [f"failed book/one.md:{line}: cell 1 ", *words, "1 failed"]:
                assert word in done.stdout, done.stdout
            assert "try again: python -m udlbook_site run book/one\n" in done.stdout
            assert AWS not in done.stdout and "not-to-be-printed" not in done.stdout
    path.write_text(good)
    assert built.command("build").returncode == 0


@pytest.mark.parametrize(
    "code",
    [
        "print('the word is token')",
        "import hashlib\nprint(repr(hashlib.sha256(b'').hexdigest()))",
        "import string\nprint(repr(string.ascii_letters + string.digits))",
    ],
)
def test_8_what_only_looks_random_is_published(book, code):
    book.page("one", code)
    assert book.ran() == {"book/one"}


def test_8_a_secret_in_the_text_or_the_search_index(built):
    with untouched(built):
        built.page("one", "from toy.deep import VALUE\nprint('value', VALUE)", text=f"Use {AWS}.")
        done = built.command("build")
        assert done.returncode == 2, done.stdout + done.stderr
        assert (
            "book/one.html: what looks like a secret (AWS Access Key): take it out" in done.stdout
        )
        assert "the published one is unchanged" in done.stderr
    index = built.project.site.resolve() / "searchindex.js"
    token = "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789"
    index.write_text(
        index.read_text().replace('"titleterms": {', f'"titleterms": {{"{token}": 1, ', 1)
    )
    assert token in index.read_text()
    checked = built.command("check")
    assert checked.returncode == 1
    assert "searchindex.js: what looks like a secret (GitHub Token)" in checked.stdout


def half(text):
    return text[: len(text) // 2]


def empty(text):
    return ""


def tampered(text):
    return text.replace("value 3", "value 9")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("record.json", half),
        ("record.json", empty),
        ("notebook.json", half),
        ("notebook.json", empty),
        ("notebook.json", tampered),
    ],
)
def test_11_12_13_a_damaged_store_is_made_good(built, name, damage):
    (file,) = [f for f in entries_of(built, "book/one") if f.name == name]
    text = file.read_text()
    assert damage(text) != text
    with untouched(built):
        file.write_text(damage(text))
        done = built.command("build")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "the stored run of book/one was damaged; it is kept as " in done.stdout
        assert "1 pages ran, 1 were in the store, 0 failed" in done.stdout
    assert (built.project.store / "damaged").exists()
    assert "0 pages ran" in built.command("build").stdout


def test_11_a_damaged_list_of_data_files_costs_a_run_and_nothing_else(built):
    lists = list((built.project.store / "reads").rglob("*.json"))
    with untouched(built):
        for damaged, file in zip(("", '{"not": "a list"}'), lists, strict=True):
            file.write_text(damaged)
        done = built.command("build")
        assert done.returncode == 0 and "2 pages ran" in done.stdout
    assert "0 pages ran" in built.command("build").stdout


def test_13_a_release_uses_no_store(built):
    """Whoever can write the store can also write its hashes. A release runs all pages itself."""
    notebook, record = sorted(entries_of(built, "book/one"))
    notebook.write_text(tampered(notebook.read_text()))
    facts = json.loads(record.read_text())
    facts["sha256"] = hashlib.sha256(notebook.read_bytes()).hexdigest()
    record.write_text(json.dumps(facts))
    (built.root / "index.md").write_text("# A small book\n\nAnother edition.\n")
    assert "0 pages ran" in built.command("build").stdout
    assert "value 9" in built.served("book/one.html")
    assert "2 pages ran" in built.command("build", "--force").stdout
    assert "value 3" in built.served("book/one.html")


def test_14_a_changed_data_file_runs_its_reader_and_no_other(built):
    built.page("one", "print('value', open('table.csv').read())")
    built.write("table.csv", "11\n")
    assert "1 pages ran, 1 were in the store" in built.command("build").stdout
    assert "value 11" in built.served("book/one.html")
    built.write("table.csv", "12\n")
    assert "1 pages ran, 1 were in the store" in built.command("build").stdout
    assert "value 12" in built.served("book/one.html")


def entries_of(book, page: str) -> list[Path]:
    """The files of a page's stored run."""
    return [
        file
        for record in (book.project.store / "entries").rglob("record.json")
        if json.loads(record.read_text())["page"] == page
        for file in record.parent.iterdir()
    ]


@contextmanager
def untouched(book):
    """The published site stays as it is, is served all the while, and no process is left."""
    site, before = book.project.site.resolve(), book.served("book/one.html")
    server = make_server(book.project.site, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
        address = f"http://localhost:{server.server_address[1]}/book/one.html"
        with urllib.request.urlopen(address) as answer:
            assert answer.read().decode() == before
        assert book.project.site.resolve() == site
        assert processes_of(book) == []
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def processes_of(book) -> list[str]:
    """Command lines of what still runs in the book's folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd() == str(book.root):
                found.append(" ".join(process.cmdline()))
    return found


def start(book, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "udlbook_site", *arguments],
        cwd=book.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Who starts the tests in the background hands them an ignored Ctrl-C; a terminal does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def test_15_two_builds_at_once_the_second_waits_and_says_so(book):
    book.page("slow", "import time\ntime.sleep(3)\nprint('once')")
    first = start(book, "run")
    wait_for(lambda: (book.project.build / ".lock").exists())
    time.sleep(0.5)
    second = start(book, "run")
    told = [p.communicate(timeout=60)[0] for p in (first, second)]
    assert first.returncode == second.returncode == 0
    assert f"process {first.pid}" in told[1] and "waiting" in told[1]
    assert "1 pages ran" in told[0] and "0 pages ran, 1 were in the store" in told[1]


def stored(book):
    """The records of whole entries: what is being written has a name that begins with a dot."""
    return list(book.project.store.glob("entries/*/[!.]*/record.json"))


@pytest.mark.parametrize("whom", ["the press alone", "the whole group"])
def test_ctrl_c_ends_all_at_once_and_the_next_run_goes_on(book, whom):
    book.page("done", "print('done')")
    book.page("slow", "import pathlib, time\nfor _ in range(600): time.sleep(0.1)")
    running = start(book, "run")
    wait_for(lambda: stored(book))
    begun = time.monotonic()
    if whom == "the press alone":
        running.send_signal(signal.SIGINT)
    else:
        os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert time.monotonic() - begun < 2
    assert running.returncode == 130 and "interrupted" in said
    wait_for(lambda: not processes_of(book), seconds=2)
    book.page("slow", "print('quick now')")
    assert book.ran() == {"book/slow"}


def test_10_a_build_killed_at_any_moment_leaves_the_site_and_is_made_good(book):
    """Twenty times: killed without warning somewhere in the build; then one build, as if new."""
    book.page("one", "from toy.deep import VALUE\nprint('value', VALUE)")
    book.script("line", "x = 1")
    begun = time.monotonic()
    assert book.command("build").returncode == 0
    whole = time.monotonic() - begun
    rng = random.Random(0)
    for number in range(20):
        published = book.served("book/one.html")
        book.write("src/toy/deep.py", f"VALUE = {number + 100}\n")
        running = start(book, "build")
        with suppress(subprocess.TimeoutExpired):
            running.communicate(timeout=rng.uniform(0.2, 1.1 * whole))
        with suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGKILL)
        running.communicate()
        page = book.served("book/one.html")
        assert page == published or f"value {number + 100}" in page
        assert page.rstrip().endswith("</html>")
    wait_for(lambda: not processes_of(book), seconds=10)
    assert book.command("build").returncode == 0
    assert "value 119" in book.served("book/one.html")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize("free", [1, 3])
def test_9_a_full_disk_is_named_and_leaves_the_site(book, free):
    book.page("one", "from toy.deep import VALUE\nprint('value', VALUE)")
    book.script("line", "x = 1")
    build = book.root / "_build"
    build.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(build)])
    if mounted.returncode:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        assert book.command("build").returncode == 0
        published = book.served("book/one.html")
        book.write("src/toy/deep.py", "VALUE = 100\n")
        stuffing = build / "stuffing"
        usage = os.statvfs(build)
        stuffing.write_bytes(b"x" * (usage.f_bavail * usage.f_frsize - free * 2**20))
        done = book.command("build")
        assert done.returncode == 2 and "disk is full" in done.stderr, done.stderr
        assert book.served("book/one.html") == published
        stuffing.unlink()
        assert book.command("build").returncode == 0
        assert "value 100" in book.served("book/one.html")
    finally:
        subprocess.run(["umount", "-l", str(build)], check=True)


def test_no_worker_outlives_a_killed_press_also_one_that_waits(book):
    """The worker whose page is done holds its own queue open: nothing but a watch can end it."""
    book.page("done", "print('done')")
    book.page("slow", "import pathlib, time\nfor _ in range(600): time.sleep(0.1)")
    running = start(book, "run")
    wait_for(lambda: stored(book))
    running.kill()
    running.communicate(timeout=10)  # returns when nobody holds the pipes any more
    assert running.returncode == -signal.SIGKILL
    wait_for(lambda: not processes_of(book), seconds=5)


def test_no_kernel_outlives_a_killed_worker(book):
    """As where the system, short of memory, picks the worker and not the page."""
    book.page("slow", "import os, pathlib, tempfile, time\nfor _ in range(600): time.sleep(0.1)")
    running = start(book, "run")

    def workers():
        children = psutil.Process(running.pid).children()
        return [p for p in children if "spawn_main" in " ".join(p.cmdline())]

    wait_for(lambda: any("forkserver" in " ".join(p.cmdline()) for p in descendants(running.pid)))
    time.sleep(1.5)  # the fork server imports, then forks the kernel
    for worker in workers():
        worker.kill()
    said, _ = running.communicate(timeout=30)
    assert running.returncode == 1 and "the page's worker ended with BrokenProcessPool" in said
    wait_for(lambda: not processes_of(book), seconds=5)


def descendants(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).children(recursive=True)
    return []
