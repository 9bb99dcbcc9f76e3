"""Render the site from the store with Jupyter Book, check it, and publish it in one rename.

``_build/html`` is a link. A new site is built and checked beside the old one, and the link is
replaced by a single rename, so a reader meets the old site or the new one and nothing between.
"""

import contextlib
import errno
import io
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from .checks import check_site
from .keys import Settings, digest
from .progress import console
from .project import PressError, Project
from .run import lookup
from .store import Entry

MANIFEST = ".udlbook.json"
EPOCH = "1767225600"  # the beginning of 2026, for sources without a repository
# What the rendered site is made from, besides the stored runs.
_INPUTS = ("book", "gallery", "src", "_templates", "_config.yml", "_toc.yml", "index.md")


def render(project: Project, settings: Settings) -> Path:
    """Render, check and publish; does nothing when nothing changed.

    Returns:
        The published folder.

    Raises:
        PressError: If a page has no stored run, Sphinx warns, or a check finds a fault. The site
            that was published before stays as it was.
    """
    began = time.perf_counter()
    entries, stale = lookup(project, settings)
    if stale:
        names = ", ".join(p.name for p in stale[:5])
        raise PressError(
            f"{len(stale)} pages have no stored run for tier {settings.tier} on {settings.device} "
            f"({names}): run `python -m udlbook_site run --tier {settings.tier}` first"
        )
    key = _render_key(project, settings, entries)
    if _published_key(project) == key:
        console.print(f"nothing changed; the site is at {project.site / 'index.html'}")
        return project.site
    made = _workshop(project, settings) / "html"
    unfinished = made.with_name("unfinished")
    if unfinished.exists():
        # A build that was cut short may have left half a page that Sphinx takes for whole.
        shutil.rmtree(made.parent)
    made.parent.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    _sphinx(project, settings, made)
    unfinished.unlink()
    faults = check_site(made, memory=made.with_name("checked.json"))
    if faults:
        for fault in faults[:50]:
            console.print(fault, markup=False)
        raise PressError(f"{len(faults)} faults in the built site; the published one is unchanged")
    _publish(project, made, key)
    seconds = time.perf_counter() - began
    console.print(f"rendered in {seconds:.1f} s; the site is at {project.site / 'index.html'}")
    return project.site


def _render_key(project: Project, settings: Settings, entries: dict[str, Entry]) -> str:
    parts = {n: e.stamp for n, e in entries.items()} | {"settings": str(settings)}
    for name in (*_INPUTS, "requirements"):
        top = project.root / name
        files = [top] if top.is_file() else top.rglob("*")
        for path in sorted(files):
            if path.is_file() and "__pycache__" not in path.parts:
                parts[path.relative_to(project.root).as_posix()] = digest(path.read_bytes())
    return digest(json.dumps(parts, sort_keys=True))


def _workshop(project: Project, settings: Settings) -> Path:
    """Sphinx's working folder: a new one when the press, its packages or its tier changed."""
    press = sorted(p for p in Path(__file__).parent.rglob("*.*") if p.suffix != ".pyc")
    parts = [str(settings), *(digest(p.read_bytes()) for p in (*press, *project.lock_files()))]
    folder = project.build / "sphinx" / digest("".join(parts))[:12]
    if folder.parent.is_dir():
        for old in folder.parent.iterdir():
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
    return folder


def _published_key(project: Project) -> str:
    try:
        return json.loads((project.site / MANIFEST).read_text("utf8"))["key"]
    except (OSError, ValueError, KeyError):
        return ""


def _sphinx(project: Project, settings: Settings, out: Path) -> None:
    from jupyter_book.sphinx import build_sphinx

    os.environ.pop("MPLBACKEND", None)
    os.environ.setdefault("SOURCE_DATE_EPOCH", _epoch(project))
    status = io.StringIO()
    console.print("rendering")
    with contextlib.redirect_stdout(status):
        result = build_sphinx(
            str(project.root),
            str(out),
            path_config=str(project.root / "_config.yml"),
            noconfig=True,  # Jupyter Book makes the configuration from _config.yml
            doctreedir=str(out.with_name("doctrees")),
            confoverrides={
                "nitpicky": True,
                "latex_individualpages": False,
                "external_toc_path": "_toc.yml",
                "udlbook_tier": settings.tier,
                "udlbook_device": settings.device,
            },
            warningiserror=True,
            keep_going=True,
        )
    if result:
        tail = re.sub(r"\x1b\[[\d;]*m", "", status.getvalue())[-2000:]
        if isinstance(result, PressError | OSError | KeyboardInterrupt):
            raise result
        if isinstance(result, Exception):
            console.print(tail, markup=False)
        raise PressError(f"Sphinx ended with {result!r}; the published site is unchanged")


def _epoch(project: Project) -> str:
    """The time that a site says it is of: that of the commit, in seconds since 1970."""
    git = ["git", "-C", str(project.root), "log", "-1", "--format=%ct"]
    found = subprocess.run(git, capture_output=True, text=True)
    return found.stdout.strip() or EPOCH


def _publish(project: Project, made: Path, key: str) -> None:
    sites = project.build / "sites"
    place = sites / f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09}"
    work = sites / f".new-{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    work.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(made, work, ignore=shutil.ignore_patterns(".buildinfo", "*.map"))
        (work / MANIFEST).write_text(json.dumps({"key": key}), "utf8")
        for path in (work, *work.rglob("*")):  # whatever the file mask is here
            path.chmod(0o755 if path.is_dir() else 0o644)
        os.replace(work, place)
    except shutil.Error as error:  # a list of (from, to, why), the why in words
        if any(os.strerror(errno.ENOSPC) in why for _, _, why in error.args[0]):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(sites)) from None
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    link = project.build / f".link-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("sites", place.name))
    previous = project.site.resolve() if project.site.is_symlink() else None
    os.replace(link, project.site)
    for old in sites.iterdir():
        if old not in (place, previous):
            shutil.rmtree(old, ignore_errors=True)
