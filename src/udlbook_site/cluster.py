"""Run pages on an existing Dask cluster: an executor that hands over one page a task.

The press decides which pages run and stores what came out; the cluster only runs them. A worker
may see the project at another place (``$UDLBOOK_ROOT`` there). It runs a page only if its own copy
gives the page the same key, and what the page read there must be what lies here.

Dask runs a lost worker's page again on another one. Everything that could wait for ever ends in a
``PressError`` instead: an address where nobody answers, a cluster without a worker, a page for a
GPU that no worker has.
"""

import asyncio
import logging
import multiprocessing
import os
import platform
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from uuid import uuid4

from .keys import Analyzer, Settings, digest
from .pages import read_page
from .project import PressError, Project
from .worker import Failure, Job, Outcome

CONNECT_SECONDS = 10  # until an address counts as one where nobody answers
WAIT_SECONDS = 60.0  # without any worker that could run what is left
GPU = "GPU"  # the resource that a worker with a GPU declares, as is usual with Dask

_START = {
    "cpu": "start one: dask worker {0}",
    "cuda": "start one: dask worker {0} --nthreads 1 --resources GPU=1, or take --device cpu",
}


@contextmanager
def cluster(address: str) -> Iterator["ClusterExecutor"]:
    """A cluster to run pages on, with at least one worker; what still runs at the end is ended.

    Args:
        address: Of the scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises:
        PressError: If Dask is not installed, nobody answers, or no worker is there.
    """
    try:
        from distributed import Client
    except ImportError:
        raise PressError(
            "--scheduler needs Dask, which is not installed: pip install 'udlbook[distributed]'"
        ) from None
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # the press says it in one sentence
    try:
        greeting = asyncio.wait_for(_greet(address), CONNECT_SECONDS)
        with ThreadPoolExecutor(1) as thread:  # this one may have an event loop of its own
            thread.submit(asyncio.run, greeting).result()
    except Exception as error:  # whatever it is that answers there
        raise PressError(
            f"no Dask scheduler answers at {address} ({str(error) or 'it says nothing'}): "
            "start one with `dask scheduler` and give the address that it prints"
        ) from None
    executor = ClusterExecutor(Client(address, timeout=CONNECT_SECONDS, set_as_default=False))
    try:
        executor.wait_for_worker()
        yield executor
    finally:
        executor.shutdown()


async def _greet(address: str) -> None:
    # A client would wait for ever for what listens and says nothing.
    from distributed.comm import connect
    from distributed.security import Security

    secrecy = Security().get_connection_args("client")
    comm = await connect(address, timeout=CONNECT_SECONDS, **secrecy)
    await comm.close()


class ClusterExecutor(Executor):
    """Hands pages to a cluster; what comes back is always an ``Outcome`` or a ``PressError``.

    Args:
        client: A ``distributed.Client``.
    """

    def __init__(self, client) -> None:
        self._client = client
        self._address = client.scheduler.address
        self._tasks: set = set()
        self._seen: dict[str, float] = {}  # when a device was last there

    def wait_for_worker(self) -> None:
        """Return once there is a worker.

        Raises:
            PressError: If there is none for ``WAIT_SECONDS``.
        """
        self._seen["cpu"] = time.monotonic()
        while not self.slots({"cpu"})["cpu"]:
            time.sleep(0.2)

    def device(self) -> str:
        """``"cuda"`` if any worker declares a GPU."""
        return "cuda" if self.slots(())["cuda"] else "cpu"

    def slots(self, needed: Iterable[str]) -> dict[str, int]:
        """How many pages can run at a time, in all (``"cpu"``) and on a GPU (``"cuda"``).

        Args:
            needed: The devices of the pages that are left.

        Raises:
            PressError: If the scheduler is lost, or nothing that could run those pages is there:
                at once if it never was, else when it has been away for ``WAIT_SECONDS``.
        """
        try:
            if self._client.status != "running":
                raise OSError
            ask = self._client.scheduler.identity
            info = self._client.sync(ask, n_workers=-1, callback_timeout=WAIT_SECONDS)
        except OSError:  # a timeout is one
            raise self._lost() from None
        workers = [w for w in info["workers"].values() if w["status"] == "running"]
        found = {
            "cpu": sum(w["nthreads"] for w in workers),
            "cuda": sum(min(int(w["resources"].get(GPU, 0)), w["nthreads"]) for w in workers),
        }
        now = time.monotonic()
        self._seen |= {device: now for device, count in found.items() if count}
        for device in needed:
            if now - self._seen.get(device, -WAIT_SECONDS) >= WAIT_SECONDS:
                what = "worker" if device == "cpu" else "worker that declares a GPU"
                raise PressError(
                    f"the cluster at {self._address} has no {what}, and pages wait for one: "
                    + _START[device].format(self._address)
                )
        return found

    def submit(self, run: Callable, job: Job, /) -> Future:
        """Run ``run(job)`` on a worker."""
        future: Future = Future()
        future.set_running_or_notify_cancel()
        task = self._client.submit(
            there,
            run,
            job,
            platform.python_version(),
            key=f"{job.page.name}-{uuid4().hex}",
            pure=False,
            resources={GPU: 1} if job.settings.device == "cuda" else None,
        )
        self._tasks.add(task)
        task.add_done_callback(partial(self._finish, future, job, time.perf_counter()))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all that still runs, and part from the cluster."""
        tasks, self._tasks = self._tasks, set()
        with suppress(Exception):  # the scheduler may be gone
            if tasks and self._client.status == "running":
                self._client.sync(self._client._cancel, tasks, callback_timeout=0.5)
        self._client.close(timeout=0.5)

    def _finish(self, future: Future, job: Job, start: float, task) -> None:
        self._tasks.discard(task)
        try:
            future.set_result(self._outcome(job, task, time.perf_counter() - start))
        except BaseException as error:
            future.set_exception(error)

    def _outcome(self, job: Job, task, seconds: float) -> Outcome:
        from distributed import KilledWorker

        def failed(reason: str) -> Outcome:
            return Outcome(job.page.name, seconds, failure=Failure(reason))

        if task.status == "cancelled":
            raise self._lost()
        try:
            outcome, hashes = task.result()
        except KilledWorker as error:
            return failed(
                f"lost {error.allowed_failures + 1} workers, one after another, the last of them "
                f"{error.last_worker.address}: see that worker's log"
            )
        except Exception as error:
            return failed(
                f"could not be given to a worker ({type(error).__name__}: {error}): "
                "each needs the same udlbook_site as the press"
            )
        here = _hashes(Path(job.root), hashes)
        if differing := sorted(n for n in hashes if hashes[n] != here[n]):
            return failed(
                f"read {', '.join(differing)} on {outcome.record['host']}, where it differs from "
                "the press's: copy the data files there"
            )
        return outcome

    def _lost(self) -> PressError:
        return PressError(
            f"the Dask scheduler at {self._address} is lost; what had been run is stored: "
            "start it again, with its workers, and run again"
        )


# -- on the worker ---------------------------------------------------------------------------


def there(run: Callable, job: Job, python: str) -> tuple[Outcome, dict[str, str]]:
    """Run a page on this worker, if its copy of the project is the press's.

    Args:
        run: ``run_page``.
        job: The page, with the press's root and key.
        python: The press's version of Python.

    Returns:
        What came of it, and the hashes of the data files that the page read.
    """
    from distributed import Reschedule, get_worker

    host = socket.gethostname()
    job = replace(job, root=os.path.realpath(os.environ.get("UDLBOOK_ROOT") or job.root))
    if wrong := _difference(job, python):
        return Outcome(job.page.name, 0.0, failure=Failure(f"was refused by {host}: {wrong}")), {}
    if multiprocessing.current_process().daemon:
        job = replace(job, warm=False)  # Python lets such a process start no other by itself
    elif job.warm:
        # Every forked kernel would import Dask's command line: nobody there needs it.
        sys.modules["__main__"] = ModuleType("__main__")
    worker = get_worker()
    task = worker.get_current_task()

    def ending() -> bool:
        return worker.status.name in ("closing_gracefully", "closing", "closed", "failed")

    def unwanted() -> bool:
        known = worker.state.tasks.get(task)
        return known is None or known.state == "cancelled" or ending()

    outcome = run(job, unwanted)
    if ending():
        raise Reschedule  # on another worker
    if outcome.failure:
        return outcome, {}
    if wrong := _difference(job, python):
        return replace(outcome, failure=Failure(f"was given up by {host}: {wrong}")), {}
    outcome = replace(outcome, record={**outcome.record, "host": host})
    return outcome, _hashes(Path(job.root), outcome.record["reads"])


def _difference(job: Job, python: str) -> str:
    """In what this worker's copy of the project would give another page than the press's."""
    if platform.python_version() != python:
        return f"it has Python {platform.python_version()}, and the press {python}: take the same"
    project = Project(Path(job.root))
    analyzer = Analyzer(project, job.settings)
    try:
        key = analyzer.key(read_page(project, job.page.path))
    except OSError:
        return (
            f"{job.root} has no {job.page.path}: set UDLBOOK_ROOT there to a copy of the book, "
            "at the press's commit"
        )
    except PressError as error:
        return str(error)
    if (analyzer.runner, analyzer.lock) != _at_first(job.root):
        return f"the press or the lock files in {job.root} changed: restart the worker"
    if key.lock != job.key.lock:
        return f"the lock files in {job.root} differ from the press's: bring them in line"
    if key.value != job.key.value:
        return f"the sources in {job.root} differ from the press's: bring the commit in line"
    return ""


@cache
def _at_first(root: str) -> tuple[str, str]:
    """The press's source and the lock files of this worker's first page: it goes on by them."""
    analyzer = Analyzer(Project(Path(root)), Settings())
    return analyzer.runner, analyzer.lock


def _hashes(root: Path, names: Iterable[str]) -> dict[str, str]:
    paths = {name: root / name for name in names}
    return {n: digest(p.read_bytes()) if p.is_file() else "absent" for n, p in paths.items()}
