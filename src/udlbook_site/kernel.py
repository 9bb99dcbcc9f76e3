"""The kernel that runs a page: IPython's own, which also notes what the page loaded and opened.

It runs in a process of its own, forked from a warmed one or started cold. It makes Deprecation
and Future warnings errors, gives figures as SVG, and reports which modules of the project were
loaded and which files of the project were read or written.
"""

import json
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

_WRITE = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_MACHINERY = (
    r".*\b(IPython|comm|ipykernel|jupyter_client|matplotlib_inline|tornado|traitlets|zmq)\b"
)
_root = ""
_skip: tuple[str, ...] = ()
_reads: set[str] = set()
_writes: set[str] = set()


def main(argv: list[str] | None = None) -> None:
    """Run a kernel until it is shut down. ``$UDLBOOK_ROOT`` names the project's root."""
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    _watch(os.environ["UDLBOOK_ROOT"])
    config = Config()
    config.InlineBackend.figure_formats = {"svg"}
    config.InlineBackend.print_figure_kwargs = {
        "bbox_inches": "tight",
        "metadata": {"Date": None, "Creator": None},
    }
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"

    class KernelApp(IPKernelApp):
        def init_code(self) -> None:
            super().init_code()
            _ready()

    KernelApp.launch_instance(argv=sys.argv[1:] if argv is None else argv, config=config)


def forked(arguments: list[str], env: dict[str, str], cwd: str, log_path: str) -> None:
    """What a process forked from the warmed one does: become a kernel of its own."""
    os.setsid()  # so that what the page starts can be ended with it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    log = os.open(log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(env, JPY_PARENT_PID=str(os.getppid()))
    time.tzset()
    os.chdir(cwd)
    if "matplotlib" in sys.modules:  # it was loaded before MATPLOTLIBRC was set
        sys.modules["matplotlib"].rcParams["svg.hashsalt"] = "udlbook"
    main(arguments)


def _end_with_parent() -> None:
    # The fork server would not: it lives as long as what it has forked.
    multiprocessing.parent_process().join()
    os.killpg(0, signal.SIGKILL)


def state() -> str:
    """What the page did so far, as JSON: the press asks for it after the last cell."""
    modules = {}
    for name, module in sorted(sys.modules.items()):
        path = getattr(module, "__file__", None)
        # Some modules that exist only in memory give a name without a folder.
        if path and os.path.isabs(path) and not name.startswith("udlbook_site"):
            if inside := _inside(path):
                modules[name] = inside
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return json.dumps(
        {
            "modules": modules,
            "reads": sorted(_reads - _writes),
            "writes": sorted(_writes),
            "peak_bytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
            "cpu_seconds": round(time.process_time(), 3),
        }
    )


def _ready() -> None:
    for category in (DeprecationWarning, FutureWarning):
        warnings.filterwarnings("error", category=category)
        # The kernel's own machinery is not the page's to mend.
        warnings.filterwarnings("ignore", category=category, module=_MACHINERY)
    if "matplotlib" in sys.modules:  # loaded before there was a shell to show figures in
        from matplotlib_inline.backend_inline import _enable_matplotlib_integration

        _enable_matplotlib_integration()


def _watch(root: str) -> None:
    global _root, _skip
    _root = os.path.realpath(root) + os.sep
    _skip = tuple(
        os.path.realpath(p) + os.sep
        for p in (sys.prefix, os.path.join(root, "_build"), os.path.join(root, ".git"))
    )
    # The project's packages first, then its root, as `python` in the root would have it.
    sys.path[:] = [str(Path(root, "src")), "", *(p for p in sys.path if p not in ("", root))]
    sys.addaudithook(_note)


def _inside(path: str) -> str | None:
    """A path relative to the root if it lies in the project, else None."""
    path = os.path.abspath(path)  # cheap, and most files that a page opens lie elsewhere
    if not path.startswith(_root) or path.startswith(_skip) or "__pycache__" in path:
        return None
    return path[len(_root) :].replace(os.sep, "/")


def _note(event: str, args: tuple) -> None:
    if event != "open" or not isinstance(args[0], str | bytes):
        return
    inside = _inside(os.fsdecode(args[0]))
    if inside is None:
        return
    if isinstance(args[2], int) and args[2] & _WRITE:
        _writes.add(inside)
    elif not _importing():
        _reads.add(inside)


def _importing() -> bool:
    """Whether the import system opens the file: imported source is counted by the key already."""
    frame = sys._getframe(2)
    return frame.f_code.co_filename.startswith("<frozen importlib")
