"""A press that is imported once and forked for each command.

Half of what a small build costs is the import of Sphinx and its extensions. The process here has
imported them and done nothing else; each command is a fork of it, with a folder, an environment
and pipes of its own. Tests that interrupt a press, or call it through make, start a real
one.
"""

import importlib
import json
import os
import runpy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

IMPORTED = (
    "jupyter_book.sphinx",
    "matplotlib.pyplot",
    "myst_nb.sphinx_ext",
    "sphinx.application",
    "sphinx.builders.html",
    "sphinx_book_theme",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_external_toc",
    "sphinx_gallery.gen_gallery",
    "sphinx_togglebutton",
    "udlbook_site.checks",
    "udlbook_site.cli",
    "udlbook_site.published",
    "udlbook_site.render",
    "udlbook_site.sphinx_ext",
)


class WarmPress:
    """Runs commands of the press, each in a fork of one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen | None = None

    @property
    def process(self) -> subprocess.Popen:
        """The process; it starts with the first command."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess:
        """Like ``subprocess.run`` of ``python -m udlbook_site``, with its output captured.

        It returns when nobody holds the command's output any more, neither it nor its children.
        """
        pipes = [self.folder / name for name in ("stdout", "stderr")]
        for pipe in pipes:
            os.mkfifo(pipe)
        request = {
            "arguments": arguments,
            "cwd": str(cwd),
            "environment": dict(os.environ),
            "pipes": [str(p) for p in pipes],
        }
        with ThreadPoolExecutor(2) as threads:
            texts = [threads.submit(p.read_text, "utf8") for p in pipes]
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            code = int(self.process.stdout.readline())
        for pipe in pipes:
            pipe.unlink()
        return subprocess.CompletedProcess(arguments, code, *(t.result() for t in texts))

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.communicate(timeout=60)


def _command(request: dict) -> None:
    """Be the command."""
    handles = [os.open(os.devnull, os.O_RDONLY)]
    handles += [os.open(p, os.O_WRONLY) for p in request["pipes"]]
    for number, handle in enumerate(handles):
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["udlbook_site", *request["arguments"]]
    sys.path[0] = request["cwd"]
    runpy.run_module("udlbook_site", run_name="__main__", alter_sys=True)


def main() -> None:
    """Answer each line of the standard input, a request, with the exit status of its command."""
    from sphinx.application import builtin_extensions

    for name in (*IMPORTED, *builtin_extensions):
        importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            return _command(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
