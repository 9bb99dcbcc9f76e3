"""Oracles: a run without a cluster; what each page prints of the worker it ran on; the operating
system's list of processes after workers, schedulers and presses are killed."""

import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from udlbook_site import cluster as module
from udlbook_site.cluster import cluster, there
from udlbook_site.keys import Analyzer, Settings
from udlbook_site.pages import read_pages
from udlbook_site.project import PressError
from udlbook_site.run import find_device, job_for, run
from udlbook_site.worker import run_page

PLACE = "import os\nprint(os.environ['PLACE'])"
ON_GPU = "if False:\n    import torch\n" + PLACE  # what imports torch computes on the device
# Kernels are forked from a server, which the worker has started, or are the worker's own children.
WORKER = (
    "import os, pathlib, psutil, signal, time\n"
    "lineage = psutil.Process().parents()\n"
    "worker = [p for p in lineage if 'forkserver' not in ' '.join(p.cmdline())][0].pid\n"
)


class Cluster:
    """A scheduler and its workers, each started as a user does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen] = []
        file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(file))
        self.address = wait_for(lambda: file.is_file() and json.loads(file.read_text()))["address"]

    def worker(self, place: str, *options: str, **env: str) -> subprocess.Popen:
        """Start a worker of one slot, in a place of this name."""
        scratch = str(self.folder / place)
        more = ["--nthreads", "1", "--local-directory", scratch, *options]
        return self._start("worker", self.address, *more, PLACE=place, **env)

    def _start(self, what: str, *arguments: str, **env: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host", "127.0.0.1"]
        settings = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "2"}
        with open(self.folder / "log", "ab") as log:
            process = subprocess.Popen(
                [*command, "--no-dashboard", *arguments],
                env={**os.environ, **settings, **env},
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def end(self) -> None:
        """Kill all of it."""
        for process in self.running:
            end(process)


def end(process: subprocess.Popen) -> None:
    """Kill a process and all that it started."""
    with suppress(psutil.NoSuchProcess):
        for child in [*psutil.Process(process.pid).children(recursive=True), process]:
            with suppress(psutil.NoSuchProcess):
                child.kill()
    process.wait()


def wait_for(condition, seconds=30.0):
    """What the condition gives, once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


def lives(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


@contextmanager
def some_cluster(folder: Path):
    made = Cluster(folder)
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two workers: Dask's default, which may have no child but cold kernels, and the fast one."""
    with some_cluster(tmp_path_factory.mktemp("dask")) as made:
        made.worker("cold")
        made.worker("warm", DASK_DISTRIBUTED__WORKER__DAEMON="False")
        with cluster(made.address) as executor:
            wait_for(lambda: executor.slots(())["cpu"] == 2)
        yield made


@pytest.fixture(scope="module")
def elsewhere(two):
    """The book's folder on a third machine, the only one with a GPU."""
    root = two.folder / "elsewhere"
    two.worker("gpu", "--resources", "GPU=1", UDLBOOK_ROOT=str(root))
    with cluster(two.address) as executor:
        wait_for(lambda: executor.slots(())["cuda"] == 1)
    return root


def run_on(address: str, book, device="cpu", **options):
    """Run the book's pages on a cluster."""
    with cluster(address) as executor:
        settings = Settings(device=device)
        pages = read_pages(book.project)
        return run(book.project, pages, settings, executor=executor, **options)


def printed(report, page: str) -> str:
    assert not report.failures, report.failures
    return report.entries[page].cells[-1]["outputs"][-1]["text"].strip()


def test_a_cluster_gives_what_a_local_run_gives(book, two):
    book.write("data.txt", "words\n")
    book.page("text", "from toy.through import DOUBLE\nprint(DOUBLE, open('data.txt').read())")
    claim = "from udlbook.claims import claim\nclaim('a.b', 1, low=0, high=2, source='me')"
    book.page("number", claim)
    book.script("figure", "x = 1")
    local, there_ = book.run(), run_on(two.address, book, force=True)
    assert not local.failures and not there_.failures and len(there_.ran) == 3
    for name, entry in local.entries.items():
        assert there_.entries[name].cells == entry.cells
        assert there_.entries[name].key == entry.key
        record = there_.entries[name].record
        assert record["host"] == socket.gethostname()
        assert {**entry.record, "host": ""}.keys() == record.keys()
    assert run_on(two.address, book).ran == []


def test_pages_are_spread_over_the_workers_one_page_a_slot_in_fresh_kernels(book, two):
    for i in range(6):
        book.page(
            f"page{i}",
            "import json, os, sys, time\nbegin = time.time()\ntime.sleep(0.5)\n"
            "loaded = [m for m in sys.modules if m.startswith(('dask', 'distributed'))]\n"
            "import psutil\nparent = ' '.join(psutil.Process().parent().cmdline())\n"
            "print(json.dumps([os.environ['PLACE'], parent, loaded, begin, time.time()]))",
        )
    report = run_on(two.address, book)
    spans = {"cold": [], "warm": []}
    for name in report.ran:
        place, parent, loaded, *span = json.loads(printed(report, name))
        assert ("forkserver" in parent) == (place == "warm") and loaded == []
        spans[place].append(span)
    assert len(report.ran) == 6 and all(spans.values())
    for ran in spans.values():
        ran.sort()
        assert all(a[1] <= b[0] for a, b in pairwise(ran))


def test_a_lost_workers_page_is_run_again_and_its_kernel_ends(book, two, tmp_path_factory):
    marks = tmp_path_factory.mktemp("marks")
    for name in ("one", "two"):
        book.page(
            name,
            f"{WORKER}mark = pathlib.Path({str(marks)!r}, {name!r})\n"
            "if not mark.exists():\n"
            "    mark.with_suffix('.new').write_text(f'{os.getpid()} {worker}')\n"
            "    mark.with_suffix('.new').rename(mark)\n"
            "    for _ in range(600): time.sleep(0.1)\n"
            "print('again')",
        )
    reports = []
    press = threading.Thread(target=lambda: reports.append(run_on(two.address, book)))
    press.start()
    wait_for(lambda: (marks / "one").exists() and (marks / "two").exists())
    pids = [[int(x) for x in (marks / name).read_text().split()] for name in ("one", "two")]
    assert all(lives(pid) for pair in pids for pid in pair) and pids[0][1] != pids[1][1]
    for _, worker in pids:
        os.kill(worker, signal.SIGKILL)
    wait_for(lambda: not any(lives(pid) for pair in pids for pid in pair), seconds=5)
    press.join()
    assert [printed(reports[0], f"book/{name}") for name in ("one", "two")] == ["again", "again"]


def test_a_page_that_kills_its_workers_fails_by_name_and_the_others_finish(book, two):
    book.page("killer", WORKER + "os.kill(worker, signal.SIGKILL)\ntime.sleep(60)")
    book.page("quiet", "print('done')")
    report = run_on(two.address, book)
    assert report.ran == ["book/quiet"]
    assert "lost 3 workers, one after another" in report.failures["book/killer"].reason


def slow_page(book, marks: Path) -> Path:
    """A page of a minute; the file in which it writes the number of its process."""
    mark = marks / "pid"
    book.page(
        "slow",
        f"import os, pathlib, time\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\n"
        "for _ in range(600): time.sleep(0.1)",
    )
    return mark


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_runs_on_the_cluster_ends_with_the_press(book, two, tmp_path_factory, how):
    mark = slow_page(book, tmp_path_factory.mktemp("marks"))
    press = subprocess.Popen(
        [sys.executable, "-m", "udlbook_site", "run", "--scheduler", two.address],
        cwd=book.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background are handed an ignored Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    kernel = int(wait_for(lambda: mark.exists() and mark.read_text()))
    begun = time.monotonic()
    press.send_signal(how)
    said, complaint = press.communicate(timeout=20)
    assert time.monotonic() - begun < 2
    if how == signal.SIGINT:
        assert press.returncode == 130 and "start book/slow" in said
        assert "interrupted" in complaint and complaint.count("\n") == 1, complaint
    wait_for(lambda: not lives(kernel), seconds=5)
    book.page("slow", PLACE)
    assert printed(run_on(two.address, book), "book/slow") in ("cold", "warm")


def test_a_gpu_that_no_worker_has_is_said_before_anything_runs(book, two):
    book.page("gpu", ON_GPU)
    book.page("other", PLACE)
    with pytest.raises(PressError, match=r"no worker that declares a GPU.*--resources GPU=1"):
        run_on(two.address, book, device="cuda")
    assert not book.project.store.exists()
    with cluster(two.address) as executor:
        assert find_device("auto", executor) == "cpu"


def copy(book, root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(book.root, root)


def test_a_page_for_a_gpu_goes_where_one_is_declared_whatever_the_folder(book, two, elsewhere):
    for i in range(3):
        book.page(f"gpu{i}", ON_GPU + "\nprint(os.getcwd())")
    book.page("numpy", PLACE)
    copy(book, elsewhere)
    with cluster(two.address) as executor:
        assert find_device("auto", executor) == "cuda"
    report = run_on(two.address, book, device="cuda")
    for i in range(3):
        assert printed(report, f"book/gpu{i}").split() == ["gpu", str(elsewhere)]
        assert report.entries[f"book/gpu{i}"].record["device"] == "cuda"
    assert report.entries["book/numpy"].record["device"] == "cpu"


@pytest.mark.parametrize(
    "edited, said",
    [
        (("src/toy/deep.py", "VALUE = 4\n"), "the sources in .* differ .* bring the commit"),
        (("book/gpu.md", None), "has no book/gpu.md: set UDLBOOK_ROOT"),
        (("data.txt", "other\n"), "read data.txt on .*, where it differs .* copy the data"),
        (("requirements/lock.txt", "numpy==2\n"), "the lock files in .* changed: restart"),
    ],
    ids=["sources", "page", "data", "lock"],
)
def test_a_worker_whose_copy_differs_is_refused_by_name(book, two, elsewhere, edited, said):
    book.write("data.txt", "words\n")
    book.page("gpu", ON_GPU, "from toy.deep import VALUE\nprint(open('data.txt').read())")
    copy(book, elsewhere)
    assert printed(run_on(two.address, book, device="cuda"), "book/gpu") == "words"
    path, text = edited
    (elsewhere / path).unlink()
    if text:
        (elsewhere / path).write_text(text)
    report = run_on(two.address, book, device="cuda", force=True)
    failure = report.failures["book/gpu"].reason
    assert report.ran == [] and socket.gethostname() in failure
    assert re.search(said, failure), failure


def test_another_python_or_other_lock_files_are_refused(book):
    book.page("one", "print('one')")
    (page,) = read_pages(book.project)
    job = job_for(book.project, page, Analyzer(book.project, Settings()).key(page))
    outcome, _ = there(run_page, job, "3.0.1")
    assert re.search(r"has Python 3\.\d+\.\d+, and the press 3\.0\.1", outcome.failure.reason)
    job = replace(job, key=replace(job.key, lock="of another machine"))
    outcome, _ = there(run_page, job, platform.python_version())
    assert "the lock files in" in outcome.failure.reason


NO_WORKER = r"has no worker.*start one: dask worker tcp://"


@pytest.mark.parametrize(
    "lost, said",
    [("scheduler", r"scheduler at tcp://.* is lost.*run again"), ("worker", NO_WORKER)],
    ids=["scheduler", "worker"],
)
def test_what_is_lost_for_good_ends_the_run(book, tmp_path_factory, monkeypatch, lost, said):
    monkeypatch.setattr(module, "WAIT_SECONDS", 5.0)
    mark = slow_page(book, tmp_path_factory.mktemp("marks"))
    book.page("done", "print('done')")

    def kill() -> None:
        wait_for(
            lambda: mark.exists() and list(book.project.store.glob("entries/*/[!.]*/record.json"))
        )
        made.running[0].kill() if lost == "scheduler" else end(worker)

    with some_cluster(tmp_path_factory.mktemp("dask")) as made:
        worker = made.worker("a", "--nthreads", "2")
        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(PressError, match=said):
            run_on(made.address, book)
        killer.join()
        wait_for(lambda: not lives(int(mark.read_text())), seconds=5)
    book.page("slow", "print('quick')")
    assert book.ran() == {"book/slow"}


def test_where_no_worker_or_no_scheduler_is_it_is_said(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.5)
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.5)
    with some_cluster(tmp_path_factory.mktemp("dask")) as empty:
        with pytest.raises(PressError, match=NO_WORKER):
            with cluster(empty.address):
                pass
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        for address in (empty.address, mute, "tcp://127.0.0.1:none", "nobody", "nothing://x"):
            begun = time.monotonic()
            with pytest.raises(PressError, match=f"no Dask scheduler answers at {address}"):
                with cluster(address):
                    pass
            assert time.monotonic() - begun < 5


def test_without_dask_the_extra_is_named(book, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PressError, match=r"pip install 'udlbook\[distributed\]'"):
        with cluster("tcp://127.0.0.1:1"):
            pass
