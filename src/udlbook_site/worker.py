"""Run one page in a fresh kernel, and say what came of it.

``run_page`` is an ordinary function of picklable arguments, so that any
``concurrent.futures.Executor`` can run it: a local process pool, or a cluster.

On Linux the kernel is forked from a process that has imported NumPy and Matplotlib once, and torch
if a page of the run needs it, and has run nothing (see ``warm``): a fresh state per page at a
hundredth of the price.
"""

import ast
import asyncio
import atexit
import json
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from asyncio import FIRST_COMPLETED
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from types import ModuleType

import nbformat
import psutil
import zmq
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from .kernel import forked
from .keys import Key, Settings
from .pages import STUB, Cell, Page
from .published import MUCH_TEXT, TEXT_BYTES, NotPublished, check_outputs, is_credential

TRACEBACK_LINES = 25
WATCH_SECONDS = 0.2  # between two looks at a kernel's memory
STARTUP_SECONDS = 120
_MORE = "use less, or raise `{}` under `udlbook` in the page's front matter"
_STATE = "__import__('udlbook_site.kernel', fromlist=['state']).state()"
_environ = threading.Lock()  # pages may run in several threads of one process


@dataclass(frozen=True)
class Job:
    """A page to run.

    Attributes:
        page: What to run.
        root: The project's root: the kernel's working folder.
        key: Its key: the project's modules that it counts (loading any other is a failure), and
            the tier, the device, the seed and the threads to run with.
        cell_timeout: Seconds that one cell may take.
        page_timeout: Seconds that the whole page may take.
        memory: GiB that the page's processes may hold together.
        measure: Record claims without asserting their ranges.
        warm: Fork the kernel from a warmed process.
        torch: Let that process load torch too.
    """

    page: Page
    root: str
    key: Key
    cell_timeout: float = 300.0
    page_timeout: float = 900.0
    memory: float = 6.0
    measure: bool = False
    warm: bool = sys.platform == "linux"
    torch: bool = True

    @property
    def settings(self) -> Settings:
        """What the page runs with."""
        return self.key.settings


@dataclass(frozen=True)
class Failure:
    """Why a page failed: where, in one sentence, and the end of the traceback."""

    reason: str
    cell: int | None = None
    line: int | None = None
    traceback: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a job: either cells and a record to store, or a failure."""

    page: str
    seconds: float
    cells: list[dict] = field(default_factory=list)
    record: dict = field(default_factory=dict)
    failure: Failure | None = None


def environment(job: Job, work: str) -> dict[str, str]:
    """The kernel's whole environment: this process's own, without what must not matter to a page.

    The language, the time zone and a user's own settings of IPython are those of no machine, and
    credentials are not there to be printed.
    """
    threads = str(job.settings.threads)
    names = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
    env = {k: v for k, v in os.environ.items() if not is_credential(k) and k[:3] != "LC_"}
    env |= {f"{name}_NUM_THREADS": threads for name in names}
    env |= {
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "IPYTHONDIR": f"{work}/ipython",
        "JUPYTER_CONFIG_DIR": f"{work}/jupyter",
        "UDLBOOK_ROOT": job.root,
        "UDLBOOK_TIER": job.settings.tier,
        "UDLBOOK_SEED": str(job.settings.seed),
        "UDLBOOK_MEASURE": "1" if job.measure else "",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MATPLOTLIBRC": str(Path(__file__).with_name("matplotlibrc")),
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if job.settings.device == "cpu":
        env["CUDA_VISIBLE_DEVICES"] = ""
    return env


def run_page(job: Job, unwanted: Callable[[], bool] = lambda: False) -> Outcome:
    """Run a page in a fresh kernel. Never raises for what the page does.

    Args:
        job: The page.
        unwanted: Asked while the page runs; once it says so, the page ends.
    """
    started = time.perf_counter()
    work = tempfile.mkdtemp(prefix="udl-")
    try:
        done = asyncio.run(_run(job, work, unwanted))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    seconds = round(time.perf_counter() - started, 3)
    if isinstance(done, Failure):
        return Outcome(job.page.name, seconds, failure=done)
    cells, record = done
    return Outcome(job.page.name, seconds, cells, {**record, "seconds": seconds})


def begin_worker(press: int) -> None:
    """Make this process a worker of a pool, which ends when the process ``press`` has gone.

    A killed press cannot tell its workers to end, and a worker that waits for its next page holds
    both ends of the pipe on which it waits: it would wait for ever.
    """

    def watch() -> None:
        while os.getppid() == press:
            time.sleep(WATCH_SECONDS)
        end_children()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    # Every forked kernel would import the press's command line again: nobody there needs it.
    sys.modules["__main__"] = ModuleType("__main__")


def end_children() -> None:
    """Kill all that this process has started, kernels included."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            # Python's own resource tracker ends by itself, after it has tidied up.
            if "resource_tracker" not in " ".join(child.cmdline()):
                child.kill()


async def _run(
    job: Job, work: str, unwanted: Callable[[], bool]
) -> Failure | tuple[list[dict], dict]:
    log = Path(work, "log")
    manager = _Manager(
        transport="ipc",
        ip=f"{work}/ipc",
        connection_file=f"{work}/kernel.json",
        job=job,
        work=work,
    )
    notebook = nbformat.v4.new_notebook(
        cells=[_notebook_cell(i, c) for i, c in enumerate(job.page.cells)]
    )
    client = _Client(
        notebook,
        km=manager,
        timeout=job.cell_timeout,
        startup_timeout=STARTUP_SECONDS,
        record_timing=False,
        resources={"metadata": {"path": job.root}},
        coalesce_streams=True,
    )
    running: list[int] = []
    page = asyncio.ensure_future(_cells(job, client, running))
    watch = asyncio.ensure_future(_watch(job, manager, unwanted))
    try:
        await asyncio.wait({page, watch}, timeout=job.page_timeout, return_when=FIRST_COMPLETED)
        if page.done():
            return page.result()
        if watch.done():
            return _failed(job, running, watch.result())
        late = f"was running when the page's {job.page_timeout:g} s were over"
        return _failed(job, running, f"{late}: {_MORE.format('page_timeout')}")
    except CellExecutionError as error:
        return _failed(job, running, f"raised {error.ename}: {error.evalue}", error.traceback)
    except CellTimeoutError:
        late = f"ran longer than the {job.cell_timeout:g} s a cell may take"
        return _failed(job, running, f"{late}: {_MORE.format('timeout')}")
    except NotPublished as error:
        return _failed(job, running, str(error))
    except (DeadKernelError, RuntimeError) as error:
        code = await manager.exit_code()
        tail = log.read_text("utf8", "replace")[-4000:] if log.exists() else ""
        if code is None and not isinstance(error, DeadKernelError):
            return _failed(job, running, f"could not be run: {error}", tail)
        hint = ", as a machine short of memory does" if code == -signal.SIGKILL else ""
        return _failed(job, running, f"killed the kernel ({_exit(code)}{hint})", tail)
    finally:
        for task in (page, watch):
            task.cancel()
        with suppress(Exception):
            client.kc and client.kc.stop_channels()
        await manager.end()


async def _watch(job: Job, manager: "_Manager", unwanted: Callable[[], bool]) -> str:
    """Return a reason when the page holds too much memory, or nobody waits for it any more."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if unwanted():
            return "was called off"
        held = manager.memory()
        if held > job.memory * 2**30:
            return (
                f"held {held / 2**30:.1f} GiB, more than the {job.memory:g} GiB a page may: "
                + _MORE.format("memory")
            )


async def _cells(job: Job, client: NotebookClient, running: list[int]):
    seconds = []
    async with client.async_setup_kernel(cleanup_kc=False):
        atexit.unregister(client._cleanup_kernel)  # the manager below ends its kernel itself
        for i, cell in enumerate(client.nb.cells):
            running[:] = [i]
            start = time.perf_counter()
            if "skip-execution" not in job.page.cells[i].tags:
                await client.async_execute_cell(cell, i, execution_count=i + 1)
                check_outputs(cell.outputs)
            seconds.append(round(time.perf_counter() - start, 4))
        running.clear()
        state = await _kernel_state(client)
    for i, cell in enumerate(job.page.cells):
        if STUB in cell.tags and (wrong := _stub_passes(client.nb.cells[i])):
            return Failure(wrong, i + 1, cell.line)
    if failure := _unfit(job, state):
        return failure
    cells = [_stored_cell(c, p.tags) for c, p in zip(client.nb.cells, job.page.cells, strict=True)]
    record = {
        "page": job.page.name,
        "kind": job.page.kind,
        "modules": sorted(state["modules"]),
        "reads": state["reads"],
        "cell_seconds": seconds,
        "cpu_seconds": state["cpu_seconds"],
        "peak_bytes": state["peak_bytes"],
        **vars(job.settings),
    }
    return cells, record


async def _kernel_state(client: NotebookClient) -> dict:
    message = client.kc.execute("", silent=True, user_expressions={"state": _STATE})
    while True:
        reply = await client.kc.get_shell_msg(timeout=30)
        if reply["parent_header"].get("msg_id") == message:
            break
    answer = reply["content"]["user_expressions"]["state"]
    return json.loads(ast.literal_eval(answer["data"]["text/plain"]))


class _Client(NotebookClient):
    """A client that stops reading a cell that floods it."""

    _flood: tuple[int, int] = (-1, 0)

    def process_message(self, msg, cell, cell_index):
        index, size = self._flood
        size = (size if index == cell_index else 0) + len(msg["content"].get("text", ""))
        self._flood = cell_index, size
        if size > 4 * TEXT_BYTES:
            raise NotPublished(f"{MUCH_TEXT}: print a summary")
        return super().process_message(msg, cell, cell_index)


def _unfit(job: Job, state: dict) -> Failure | None:
    """What a page must not have done, whatever its outputs are."""
    uncounted = sorted(set(state["modules"]) - job.key.modules)
    if uncounted:
        return Failure(
            f"the page loaded {', '.join(uncounted)}, which its key does not count: "
            "import it by name in a cell, so that an edit in it runs the page again"
        )
    if state["writes"]:
        return Failure(
            f"the page wrote {', '.join(state['writes'])} inside the project: "
            "write to a folder from tempfile instead"
        )
    return None


def _notebook_cell(number: int, cell: Cell) -> nbformat.NotebookNode:
    tags = ["raises-exception"] if {STUB, "raises-exception"} & cell.tags else []
    return nbformat.v4.new_code_cell(cell.source, id=f"cell-{number}", metadata={"tags": tags})


def _stub_passes(cell: nbformat.NotebookNode) -> str:
    errors = [o for o in cell.outputs if o.output_type == "error"]
    if not errors:
        return (
            "is an exercise's stub and passes its check: the check cannot tell it from an answer"
        )
    if errors[0].ename != "Incorrect":
        raised = f"{errors[0].ename}: {errors[0].evalue}"
        return f"is an exercise's stub and raised {raised}, where a hint (Incorrect) was expected"
    return ""


def _stored_cell(cell: nbformat.NotebookNode, tags: frozenset[str]) -> dict:
    outputs = [] if STUB in tags else json.loads(json.dumps(cell.outputs))
    for output in outputs:
        output.pop("execution_count", None)
        for texts in (output, output.get("data", {})):
            for kind in ("text", "text/plain"):
                if kind in texts:  # where a thing lay in memory differs from run to run
                    texts[kind] = re.sub(r"\bat 0x[0-9a-f]+", "at 0x...", texts[kind])
    return {"source": cell.source, "outputs": outputs}


def _failed(job: Job, running: list[int], reason: str, traceback: str = "") -> Failure:
    tail = "\n".join(traceback.strip().splitlines()[-TRACEBACK_LINES:])
    if not running:
        return Failure(f"the page {reason}", traceback=tail)
    i = running[0]
    return Failure(reason, i + 1, job.page.cells[i].line, tail)


def _exit(code: int | None) -> str:
    if code is None:
        return "it no longer answers"
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


# -- kernels ---------------------------------------------------------------------------------


class _Manager(AsyncKernelManager):
    """Starts the press's own kernel, forked or cold, whatever kernels are installed."""

    def __init__(self, job: Job, work: str, **kwargs) -> None:
        super().__init__(client_factory=_Link, **kwargs)
        start = "from udlbook_site.kernel import main; main()"
        self._kernel_spec = KernelSpec(
            argv=[sys.executable, "-c", start, "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
        )
        kind = _Forked if job.warm else _Cold
        self.provisioner = kind(kernel_id="page", kernel_spec=self._kernel_spec, parent=self)
        self.provisioner.torch = job.torch
        with _environ:
            self.provisioner.environment = environment(job, work)
        self.provisioner.log_path = f"{work}/log"
        self._last = self.provisioner

    async def exit_code(self) -> int | None:
        """The exit code of a kernel that has died, None while it lives."""
        for _ in range(20):  # the death of a process is seen a moment after its silence
            code = self._last.code()
            if code is not None:
                return code
            await asyncio.sleep(0.05)
        return None

    def memory(self) -> int:
        """Bytes that the kernel and what it started hold."""
        process = self._last.process
        if process is None:
            return 0
        try:
            root = psutil.Process(process.pid)
            return sum(p.memory_info().rss for p in (root, *root.children(recursive=True)))
        except psutil.Error:  # it has just ended
            return 0

    async def end(self) -> None:
        """Kill the kernel and all that it started, and close every socket."""
        process = self._last.process
        if process is not None:
            for target in (lambda: os.killpg(process.pid, signal.SIGKILL), process.kill):
                with suppress(ProcessLookupError, PermissionError):
                    target()
            while process.poll() is None:
                await asyncio.sleep(0.01)
        await self.cleanup_resources()
        self.context.destroy(linger=0)


class _Link(AsyncKernelClient):
    """The press's side of a kernel's channels."""

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        # The kernel is up in a twentieth of a second; ZeroMQ would look again after a tenth.
        self.context.setsockopt(zmq.RECONNECT_IVL, 2)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return once the kernel has answered, and its outputs are seen to arrive here.

        Ours differs: jupyter_client then waits for 0.2 s of silence, as long as all else takes.
        What it would throw away are answers to requests made here; nobody takes them for outputs.
        """
        end = time.monotonic() + (timeout or STARTUP_SECONDS)
        asked: set[str] = set()
        while time.monotonic() < end:
            asked.add(self.kernel_info())
            with suppress(Empty):
                self._handle_kernel_info_reply(await self.get_shell_msg(timeout=1))
                while True:  # an answer there without one here: this channel is not connected yet
                    message = await self.get_iopub_msg(timeout=0.05)
                    if message["parent_header"].get("msg_id") in asked:
                        return
            if not await self._async_is_alive():
                raise RuntimeError("the kernel died at its start")
        raise RuntimeError("the kernel did not answer")


class _Cold(LocalProvisioner):
    """A kernel started as a process of its own."""

    environment: dict[str, str]
    log_path: str
    torch: bool

    async def launch_kernel(self, cmd, **kwargs):
        kwargs["env"] = self.environment
        with open(self.log_path, "ab") as log:
            kwargs.update(stdout=log, stderr=log)
            return await super().launch_kernel(cmd, **kwargs)

    def code(self) -> int | None:
        return self.process.poll() if self.process else None


class _Forked(_Cold):
    """A kernel forked from a warmed process: the standard library's fork server."""

    async def launch_kernel(self, cmd, **kwargs):
        kwargs = self._scrub_kwargs(kwargs)
        context = _fork_server(self.environment, self.torch)
        arguments = (
            cmd[cmd.index("-f") :],
            self.environment,
            str(kwargs.get("cwd") or "."),
            self.log_path,
        )
        process = context.Process(target=forked, args=arguments)
        process.start()
        self.process = _Process(process)
        self.pid, self.pgid = process.pid, None
        return self.connection_info


class _Process:
    """A multiprocessing process with the part of Popen's interface that a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, process) -> None:
        self._process = process
        self.pid = process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    terminate = kill


def _fork_server(env: dict[str, str], torch: bool):
    """The fork server of this process: started with the first kernel, warm for the next."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*["torch"] * torch, "udlbook_site.warm"])
    with _environ:
        # Thread counts are read when the libraries load.
        env = {name: value for name, value in env.items() if os.environ.get(name) != value}
        before = {name: os.environ.get(name) for name in env}
        os.environ.update(env)
        try:
            multiprocessing.forkserver.ensure_running()
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name)
                else:
                    os.environ[name] = value
    return context
