"""Commands of the press. Each is thin: what it does stands in the module it calls."""

import errno
import functools
import shutil
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Literal

import typer

from .lock import building
from .project import PressError, Project

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Run, render, check and serve the book.",
)
store_app = typer.Typer(no_args_is_help=True, help="Carry runs from one machine to another.")
app.add_typer(store_app, name="store")

Pages = Annotated[
    list[str] | None, typer.Argument(help="Files, page names or folders; default: all.")
]
Tier = Annotated[
    Literal["small", "full"], typer.Option(help="small: two CPU cores; full: the GPU runner.")
]
Device = Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="What the pages compute on.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Pages at a time; default: one a core.")]
Force = Annotated[bool, typer.Option("--force", help="Run also what the store has.")]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Run on the Dask cluster of this scheduler.")
]
Root = Annotated[
    Path | None, typer.Option(help="The book's folder; default: the one around here.")
]


def told(command: Callable) -> Callable:
    """Turn what the press cannot go on from into one sentence and an exit code."""

    @functools.wraps(command)
    def guarded(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except PressError as error:
            code, words = 2, str(error)
        except KeyboardInterrupt:
            code, words = 130, "interrupted; what had been run is stored"
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            where = error.filename or "while writing"
            code, words = (
                2,
                (
                    f"the disk is full ({where}): free some space and build again; "
                    "what was stored and published before is whole"
                ),
            )
        print(f"udlbook_site: {words}", file=sys.stderr)
        raise typer.Exit(code)

    return guarded


def _settings(tier: str, device: str, executor=None):
    from .keys import Settings
    from .run import find_device

    return Settings(tier=tier, device=find_device(device, executor))


def _workplace(scheduler: str | None):
    """Where pages run: a cluster, or None, which means here."""
    if scheduler is None:
        return nullcontext()
    from .cluster import cluster

    return cluster(scheduler)


@app.command()
@told
def run(
    pages: Pages = None,
    tier: Tier = "small",
    device: Device = "auto",
    jobs: Jobs = None,
    force: Force = False,
    scheduler: Scheduler = None,
    root: Root = None,
) -> None:
    """Run the pages whose outputs are not in the store."""
    project = Project.find(root)
    with building(project), _workplace(scheduler) as executor:
        _run(project, pages, _settings(tier, device, executor), jobs, force, executor)


@app.command()
@told
def render(tier: Tier = "small", device: Device = "auto", root: Root = None) -> None:
    """Render the site from the store, check it and publish it. Executes nothing."""
    from .render import render as render_site

    project = Project.find(root)
    with building(project):
        render_site(project, _settings(tier, device))


@app.command()
@told
def build(
    tier: Tier = "small",
    device: Device = "auto",
    jobs: Jobs = None,
    force: Force = False,
    scheduler: Scheduler = None,
    root: Root = None,
) -> None:
    """Run, render, check and publish: the whole way."""
    from .render import render as render_site

    project = Project.find(root)
    with building(project):
        with _workplace(scheduler) as executor:
            settings = _settings(tier, device, executor)
            _run(project, None, settings, jobs, force, executor)
        render_site(project, settings)


@app.command()
@told
def check(
    site: Annotated[Path | None, typer.Argument(help="Default: the published site.")] = None,
    root: Root = None,
) -> None:
    """Check a built site as a reader meets it: links, texts of pictures, formulas, requests."""
    from .checks import check_site
    from .progress import console

    faults = check_site((site or Project.find(root).site).resolve())
    for fault in faults:
        console.print(fault, markup=False)
    console.print(f"{len(faults)} faults")
    raise typer.Exit(bool(faults))


@app.command()
@told
def deploy(
    to: Annotated[Path, typer.Argument(help="The folder of editions that a web server shows.")],
    version: Annotated[str, typer.Argument(help="The edition, such as v1.2.")],
    site: Annotated[Path | None, typer.Option(help="Default: the published site.")] = None,
    root: Root = None,
) -> None:
    """Place a built site in a folder of editions, under its version and as the latest."""
    from .deploy import deploy as deploy_site

    deploy_site(site or Project.find(root).site, to, version)


@app.command()
@told
def serve(
    port: Annotated[int, typer.Option(help="0 takes any free port.")] = 8000, root: Root = None
) -> None:
    """Show the published site on localhost."""
    from .serve import serve as serve_site

    serve_site(Project.find(root).site, port)


@app.command()
@told
def claims(
    measure: Annotated[
        str | None,
        typer.Option(metavar="PAGE", help="Run this page under several seeds and thread counts."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 5,
    threads: Annotated[str, typer.Option(help="Thread counts, with commas.")] = "1,2",
    tier: Tier = "small",
    device: Device = "auto",
    root: Root = None,
) -> None:
    """List the numbers that the book states, or measure the ranges of those of one page."""
    from .claims import list_claims, measure_page

    project, settings = Project.find(root), _settings(tier, device)
    if measure is None:
        list_claims(project, settings)
    else:
        counts = [int(t) for t in threads.split(",")]
        raise typer.Exit(measure_page(project, measure, settings, range(seeds), counts))


@app.command()
@told
def tags(
    rename: Annotated[
        tuple[str, str] | None, typer.Option(metavar="OLD NEW", help="An item has another name.")
    ] = None,
    retire: Annotated[
        str | None, typer.Option(metavar="ITEM", help="An item was taken out of the book.")
    ] = None,
    note: Annotated[str, typer.Option(help="What became of the item that is retired.")] = "",
    root: Root = None,
) -> None:
    """Give tags to what the last rendering found without, rename or retire one."""
    from .tags import change_tags

    change_tags(Project.find(root), rename, retire, note)


@app.command()
@told
def citations(root: Root = None) -> None:
    """Write the files that archives of software want, from CITATION.cff."""
    from .citation import ARCHIVES, find_book

    project = Project.find(root)
    book = find_book(project.root)
    for name, made in ARCHIVES.items():
        (project.root / name).write_text(made(book), "utf8")


@store_app.command("bundle")
@told
def bundle_(
    file: Annotated[Path, typer.Argument(help="Where to write the bundle.")],
    pages: Pages = None,
    tier: Tier = "small",
    device: Device = "auto",
    root: Root = None,
) -> None:
    """Write the stored runs of pages into one file."""
    from .bundle import bundle

    project = Project.find(root)
    with building(project):
        bundle(project, file, pages or [], _settings(tier, device))


@store_app.command("merge")
@told
def merge_(file: Annotated[Path, typer.Argument(help="A bundle.")], root: Root = None) -> None:
    """Check a bundle and add its runs to the store."""
    from .bundle import merge

    project = Project.find(root)
    with building(project):
        merge(project, file)


@app.command()
@told
def compare(
    a: Annotated[Path, typer.Argument(metavar="STORE_A", help="A store's folder or a bundle.")],
    b: Annotated[Path, typer.Argument(metavar="STORE_B", help="Another.")],
    tolerance: Annotated[
        float, typer.Option(min=0, help="Of numbers, relative and absolute.")
    ] = 1e-6,
) -> None:
    """Say where two stores of runs differ: between machines, devices and tiers."""
    from .compare import compare as compare_stores

    raise typer.Exit(compare_stores(a, b, tolerance))


@app.command()
@told
def clean(
    all_: Annotated[bool, typer.Option("--all", help="The store of executed pages too.")] = False,
    root: Root = None,
) -> None:
    """Remove what was built; what was executed stays unless --all is given."""
    project = Project.find(root)
    for path in project.build.glob("*"):
        if path != project.store or all_:
            path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path)
    shutil.rmtree(project.root / "auto_gallery", ignore_errors=True)


def _run(
    project: Project,
    names: list[str] | None,
    settings,
    jobs: int | None,
    force: bool,
    executor,
) -> None:
    from .run import run as run_pages
    from .run import select, tell

    pages = select(project, names or [])
    report = run_pages(project, pages, settings, jobs=jobs, force=force, executor=executor)
    tell(report, pages)
    if report.failures:
        raise typer.Exit(1)


def main() -> None:
    """Entry point."""
    app()
