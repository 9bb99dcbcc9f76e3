"""The press against its bound: how much longer a cold run takes than the cells alone must.

The bound of a cold run is the sum of all cell seconds divided by the number of workers, plus
one start of a kernel: nothing that runs every cell once is faster. Each synthetic page computes
for a given time with NumPy, one thread.

Run: ``python benchmarks/press.py [pages]``
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from udlbook_site.keys import Settings
from udlbook_site.pages import read_pages
from udlbook_site.project import Project
from udlbook_site.run import default_jobs, lookup, run

SECONDS = 3.0  # of computing a page
PAGE = """---
kernelspec: {{name: python3}}
---
# Page {number}

```{{code-cell}} ipython3
import time
import numpy as np
from synthetic.module_{module} import VALUE
```

```{{code-cell}} ipython3
end = time.thread_time() + {seconds}
a = np.random.default_rng({number}).normal(size=(200, 200))
while time.thread_time() < end:
    a = np.tanh(a @ a / 200)
print(VALUE)
```
"""


def make(root: Path, pages: int) -> Project:
    """A book of so many pages, each importing one of ten modules."""
    root.mkdir(exist_ok=True)
    (root / "_config.yml").write_text("title: synthetic\n")
    package = root / "src" / "synthetic"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    for module in range(10):
        (package / f"module_{module}.py").write_text(f"VALUE = {module}\n")
    (root / "book").mkdir()
    for number in range(pages):
        text = PAGE.format(number=number, module=number % 10, seconds=SECONDS)
        (root / "book" / f"page_{number:04}.md").write_text(text)
    return Project(root)


def kernel_start(root: Path) -> float:
    """Seconds from nothing to the end of a run of one page that computes nothing."""
    project = make(root, 0)
    (root / "book" / "empty.md").write_text("```{code-cell}\nx = 1\n```\n")
    return run(project, read_pages(project), Settings(), jobs=1).seconds


def main() -> None:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    jobs = default_jobs()
    with tempfile.TemporaryDirectory() as folder:
        start = statistics.median(kernel_start(Path(folder, f"start-{i}")) for i in range(3))
    with tempfile.TemporaryDirectory() as folder:
        project = make(Path(folder), pages)
        report = run(project, read_pages(project), Settings(), jobs=jobs)
        assert not report.failures, report.failures
        cells = sum(sum(e.record["cell_seconds"]) for e in report.entries.values())
        bound = cells / jobs + start
        begun = time.perf_counter()
        _, stale = lookup(project, Settings())
        decided = time.perf_counter() - begun
        assert not stale
    print(f"{pages} pages of {SECONDS:g} s on {jobs} workers ({os.cpu_count()} cores)")
    print(f"  one kernel start            {start:6.2f} s")
    print(f"  sum of cell seconds         {cells:6.2f} s")
    print(f"  cold run                    {report.seconds:6.2f} s")
    print(f"  cold run / bound            {report.seconds / bound:6.2f}   (to reach: 1.25)")
    print(f"  deciding that all is fresh  {decided:6.3f} s")


if __name__ == "__main__":
    main()
