"""One build at a time: a second one waits, and says for whom."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from .progress import console
from .project import Project

try:
    import fcntl
except ImportError:  # Windows has no such lock; there, two builds are the user's own care
    fcntl = None


@contextmanager
def building(project: Project) -> Iterator[None]:
    """Hold the project's build lock inside the block.

    The operating system lets go of the lock when its process ends, however it ends, so a build
    that was killed leaves nothing to be removed by hand.
    """
    if fcntl is None:
        yield
        return
    project.build.mkdir(exist_ok=True)
    with open(project.build / ".lock", "a+", encoding="utf8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            console.print(f"another build is at work (process {file.read()}); waiting for its end")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
