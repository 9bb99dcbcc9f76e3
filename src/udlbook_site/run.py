"""Run every page whose outputs are not in the store, in parallel, and store what came out."""

import multiprocessing
import os
import platform
import shutil
import subprocess
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from .keys import Analyzer, Key, Settings
from .pages import Page, read_page, read_pages
from .progress import board, console
from .project import CLAIM, PressError, Project
from .store import Entry, Store
from .worker import Failure, Job, Outcome, begin_worker, end_children, run_page

GUESS = 10.0  # seconds of a page that has never run and gives no hint
LOOK_SECONDS = 1.0  # between two looks at what an executor has room for


@dataclass
class Report:
    """What a run did.

    Attributes:
        entries: The stored run of every page that has one, by page name.
        ran: Names of the pages that ran.
        failures: What failed, by page name.
        seconds: Wall-clock seconds.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    seconds: float = 0.0


def default_jobs() -> int:
    """One page a core."""
    return (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )


def find_device(wanted: str = "auto", executor: Executor | None = None) -> str:
    """The device that pages will find: ``"cuda"`` if a driver and a device are there.

    Args:
        wanted: ``"auto"``, or the answer.
        executor: A cluster: its workers say what they have.
    """
    if wanted != "auto":
        return wanted
    if executor is not None:
        return executor.device()
    there = shutil.which("nvidia-smi") and os.environ.get("CUDA_VISIBLE_DEVICES", "0") != ""
    if there and subprocess.run(["nvidia-smi", "-L"], capture_output=True).stdout.strip():
        return "cuda"
    return "cpu"


def select(project: Project, names: list[str]) -> list[Page]:
    """The pages that the names mean: a file, a page name, or a folder; all if none is given.

    Raises:
        PressError: If a name means no page.
    """
    pages = read_pages(project)
    if not names:
        return pages
    chosen = []
    for name in names:
        bare = name.removesuffix(".md").removesuffix(".py").strip("/").removeprefix("./")
        found = [p for p in pages if p.name == bare or p.name.startswith(bare + "/")]
        if not found:
            known = ", ".join(p.name for p in pages[:8])
            raise PressError(f"no page is called {name!r}. Pages are, for example: {known}")
        chosen += found
    return list({page.name: page for page in chosen}.values())


def lookup(project: Project, settings: Settings) -> tuple[dict[str, Entry], list[Page]]:
    """The stored runs that are still good, by page name, and the pages that must run."""
    analyzer, store = Analyzer(project, settings), Store(project.store, project.root)
    entries, stale = {}, []
    for page in read_pages(project):
        entry = store.find(analyzer.key(page).value)
        if entry is None:
            stale.append(page)
        else:
            entries[page.name] = entry
    return entries, stale


def run(
    project: Project,
    pages: list[Page],
    settings: Settings,
    *,
    jobs: int | None = None,
    force: bool = False,
    executor: Executor | None = None,
) -> Report:
    """Run the pages that need it.

    Args:
        project: The book.
        pages: The pages to look at.
        settings: Tier, device, seed, threads.
        jobs: Pages at a time; default: one a core, or what the executor can take.
        force: Run also what the store has.
        executor: Where to run; default: a local pool of ``jobs`` processes.
    """
    began = time.perf_counter()
    report = Report()
    store = Store(project.store, project.root)
    analyzer = Analyzer(project, settings)
    keys: dict[str, Key] = {}
    todo = []
    for page in pages:
        keys[page.name] = analyzer.key(page)
        entry = None if force else store.find(keys[page.name].value)
        for place in store.damaged:
            console.print(f"the stored run of {page.name} was damaged; it is kept as {place}")
        store.damaged.clear()
        if entry is None:
            todo.append(page)
        else:
            report.entries[page.name] = entry
    if todo:
        most = len(todo) if executor else default_jobs()
        jobs = min(jobs or most, len(todo))
        known = store.seconds()
        # The longest first: a long page that starts last keeps the other cores idle.
        todo.sort(key=lambda p: -known.get(p.name, p.options.get("seconds", GUESS)))
        torch = any(keys[page.name].torch for page in todo)
        work = [replace(job_for(project, page, keys[page.name]), torch=torch) for page in todo]
        with board(len(todo)) as shown:
            for outcome in outcomes(work, jobs, executor, shown):
                _take(project, outcome, keys[outcome.page], settings, store, report)
        store.remember_seconds({n: report.entries[n].record["seconds"] for n in report.ran})
    report.seconds = time.perf_counter() - began
    return report


def tell(report: Report, pages: list[Page]) -> None:
    """Print what a run did; failures with page, cell, line and traceback."""
    paths = {p.name: p.path.as_posix() for p in pages}
    for name, failure in sorted(report.failures.items()):
        where = paths.get(name, name)
        if failure.cell is not None:
            where += f":{failure.line}: cell {failure.cell}"
        console.print(f"[red]failed[/] {where} {failure.reason}", markup=True)
        if failure.traceback:
            console.print(failure.traceback, markup=False)
    stored = len(report.entries) - len(report.ran)
    console.print(
        f"{len(report.ran)} pages ran, {stored} were in the store, "
        f"{len(report.failures)} failed; {report.seconds:.1f} s"
    )
    if report.failures:
        names = " ".join(sorted(report.failures))
        console.print(f"mend and try again: python -m udlbook_site run {names}", markup=False)


def job_for(project: Project, page: Page, key: Key) -> Job:
    """The job that runs a page, with the limits that its front matter gives."""
    job = Job(page, str(project.root), key)
    return replace(
        job,
        cell_timeout=page.options.get("timeout", job.cell_timeout),
        page_timeout=page.options.get("page_timeout", job.page_timeout),
        memory=page.options.get("memory", job.memory),
        warm=job.warm and key.settings.threads == 1,  # a warmed process must have no threads
        torch=key.torch,
    )


def outcomes(work: list[Job], jobs: int, executor: Executor | None, shown):
    """Yield each job's outcome as it ends, ``jobs`` of them running at any time, or fewer where
    the executor says how many pages of a device it has room for (``slots``)."""
    own = executor is None
    executor = executor or _pool(jobs)
    slots = getattr(executor, "slots", lambda needed: {"cpu": jobs, "cuda": jobs})
    waiting, running = list(work), {}
    try:
        while waiting or running:
            busy = Counter(job.settings.device for job, _ in running.values())
            room = slots({job.settings.device for job in waiting} | set(busy))
            for job in list(waiting):
                device = job.settings.device
                if busy.total() < min(jobs, room["cpu"]) and busy[device] < room[device]:
                    waiting.remove(job)
                    busy[device] += 1
                    shown.start(job.page.name)
                    running[executor.submit(run_page, job)] = job, time.perf_counter()
            if not running:
                time.sleep(LOOK_SECONDS)  # a cluster has lost all that could run what is left
            for future in wait(running, LOOK_SECONDS, FIRST_COMPLETED).done:
                job, start = running.pop(future)
                outcome = _result(future, job, time.perf_counter() - start)
                shown.finish(job.page.name, outcome.seconds, outcome.failure is None)
                yield outcome
                if own and getattr(executor, "_broken", False):
                    executor = _pool(jobs)
    except BaseException:  # Ctrl-C, a full disk: do not wait for pages that nobody will store
        if own:
            end_children()
        raise
    finally:
        if own:
            executor.shutdown(cancel_futures=True)


def _pool(jobs: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(
        jobs, mp_context=context, initializer=begin_worker, initargs=(os.getpid(),)
    )


def _result(future: Future, job: Job, seconds: float) -> Outcome:
    try:
        return future.result()
    except PressError:
        raise
    except Exception as error:  # the worker itself died, or could not send its answer
        reason = f"the page's worker ended with {type(error).__name__}: {error}"
        return Outcome(job.page.name, seconds, failure=Failure(reason))


def _take(
    project: Project, outcome: Outcome, key: Key, settings: Settings, store: Store, report: Report
) -> None:
    """Store an outcome, unless its inputs changed while it ran."""
    failure = outcome.failure
    if failure is None:
        store.forget()
        path = _path_of(project, outcome.page)
        now = Analyzer(project, settings).key(read_page(project, path)).value
        if now != key.value:
            failure = Failure("the page or what it imports was edited while it ran: run it again")
    if failure is not None:
        report.failures[outcome.page] = failure
        return
    record = {
        **outcome.record,
        "commit": commit(project),
        "lock": key.lock,
        "python": platform.python_version(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "claims": claims_of(outcome.cells),
    }
    report.entries[outcome.page] = store.put(key.value, outcome.cells, record)
    report.ran.append(outcome.page)


def _path_of(project: Project, name: str):
    return next(p for p in project.page_files() if p.with_suffix("").as_posix() == name)


def claims_of(cells: list[dict]) -> list[dict]:
    """The claims that a page's outputs hold."""
    data = (o.get("data", {}) for c in cells for o in c["outputs"])
    return [d[CLAIM] for d in data if CLAIM in d]


def commit(project: Project) -> str:
    """The commit of the sources, with ``+`` if they differ from it; empty outside a repository."""
    git = ["git", "-C", str(project.root)]
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True)
    if head.returncode:
        return ""
    state = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True)
    return head.stdout.strip() + ("+" if state.stdout.strip() else "")
