"""Oracles: the fault itself, injected for real; the processes and files that are there after."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest


def test_memory_beyond_the_limit_is_ended_and_named(book):
    path = book.page("big", "import numpy as np\nx = [np.ones(2**24) for _ in range(100)]")
    path.write_text(path.read_text().replace("---\n", "---\nudlbook: {memory: 1}\n", 1))
    failure = book.run().failures["book/big"]
    assert failure.cell == 1 and "more than the 1 GiB" in failure.reason


@pytest.mark.parametrize(
    "code",
    [
        "print('x' * 20_000_000)",
        "for _ in range(100_000): print('x' * 200)",
        "'x' * 70_000",
    ],
    ids=["one string", "a flood", "a value"],
)
def test_too_much_text_is_refused_with_the_way_out(book, code):
    book.page("loud", code)
    failure = book.run().failures["book/loud"]
    assert failure.cell == 1 and "64 KB" in failure.reason and "summary" in failure.reason


def test_too_large_a_figure_is_refused_with_the_way_out(book):
    book.page(
        "dense",
        "import numpy as np\nimport matplotlib.pyplot as plt\n"
        "plt.scatter(*np.random.default_rng(0).normal(size=(2, 40_000)));",
    )
    assert "rasterized=True" in book.run().failures["book/dense"].reason


@pytest.mark.parametrize(
    "code",
    [
        "from IPython.display import HTML\nHTML('<img src=x onerror=alert(1)>')",
        "from IPython.display import HTML\nHTML('<script>alert(1)</script>')",
        "from IPython.display import Javascript\nJavascript('alert(1)')",
    ],
)
def test_scripts_in_outputs_are_not_published(book, code):
    book.page("script", code)
    failure = book.run().failures["book/script"]
    assert "is not published" in failure.reason and "image/svg+xml" in failure.reason


def test_a_kernel_that_ends_itself_is_named_with_its_code(book):
    book.page("exit", "import os\nos._exit(7)")
    assert "exit code 7" in book.run().failures["book/exit"].reason


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


def test_two_builds_at_once_the_second_waits_and_says_so(book):
    book.page("slow", "import time\ntime.sleep(3)\nprint('once')")
    first = start(book, "run")
    wait_for(lambda: (book.project.build / ".lock").exists())
    time.sleep(0.5)
    second = start(book, "run")
    told = [p.communicate(timeout=60)[0] for p in (first, second)]
    assert first.returncode == second.returncode == 0
    assert f"process {first.pid}" in told[1] and "waiting" in told[1]
    assert "1 pages ran" in told[0] and "0 pages ran, 1 were in the store" in told[1]


@pytest.mark.parametrize("whom", ["the press alone", "the whole group"])
def test_ctrl_c_ends_all_at_once_and_the_next_run_goes_on(book, whom):
    book.page("done", "print('done')")
    book.page("slow", "import pathlib, time\nfor _ in range(600): time.sleep(0.1)")
    running = start(book, "run")
    wait_for(lambda: list((book.project.store / "entries").rglob("record.json")))
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


def test_a_build_killed_at_any_moment_leaves_the_site_and_is_made_good(book):
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
@pytest.mark.parametrize("free", [1, 2, 3])
def test_a_full_disk_is_named_and_leaves_the_site(book, free):
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
    wait_for(lambda: list((book.project.store / "entries").rglob("record.json")))
    running.kill()
    running.communicate(timeout=10)  # returns when nobody holds the pipes any more
    assert running.returncode == -signal.SIGKILL
    wait_for(lambda: not processes_of(book), seconds=5)
