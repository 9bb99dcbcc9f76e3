"""The numbers that the book states: listed, and their ranges measured.

A range is measured, not guessed: a page runs under several seeds and thread counts with its
assertions off, and the least and greatest value of each of its claims are kept in a file that
the page Results shows.
"""

import csv
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.table import Table

from .keys import Analyzer, Settings
from .pages import Page
from .progress import board, console
from .project import Project
from .run import claims_of, commit, default_jobs, job_for, lookup, outcomes, select
from .sphinx_ext.claims import MEASURED, read_measured

FIELDS = ("claim", "tier", "low", "high", "runs", "seeds", "threads", "device", "commit")


def list_claims(project: Project, settings: Settings) -> None:
    """Print every claim that the store holds."""
    entries, stale = lookup(project, settings)
    table = _table("claim", "value", "allowed", "published", "page")
    for page, entry in sorted(entries.items()):
        for c in entry.record["claims"]:
            span = f"{c['low']:.4g} to {c['high']:.4g}"
            table.add_row(c["name"], c["text"], span, c["paper_text"], page)
    console.print(table)
    if stale:
        console.print(f"{len(stale)} pages have not been run")


def measure_page(
    project: Project, name: str, settings: Settings, seeds: range, threads: list[int]
) -> int:
    """Run one page under every seed and thread count, and keep the ranges of its claims.

    Returns:
        0 if every value lies in the range that its claim allows, else 1.
    """
    (page,) = select(project, [name])
    device = Analyzer(project, settings).key(page).settings.device
    values: dict[str, list[float]] = {}
    claims: dict[str, dict] = {}
    bad = False
    # As many pages at a time as the cores can carry with that many threads each.
    for count in threads:
        work = [_measuring(project, page, replace(settings, seed=s, threads=count)) for s in seeds]
        with board(len(work)) as shown:
            for outcome in outcomes(work, max(1, default_jobs() // count), None, shown):
                if outcome.failure is not None:
                    console.print(f"[red]failed[/] {outcome.failure.reason}")
                    console.print(outcome.failure.traceback, markup=False)
                    bad = True
                for claim in claims_of(outcome.cells):
                    values.setdefault(claim["name"], []).append(claim["value"])
                    claims[claim["name"]] = claim
    table = _table("claim", "measured", "allowed", "runs")
    for claim_name, found in values.items():
        claim = claims[claim_name]
        inside = claim["low"] <= min(found) and max(found) <= claim["high"]
        bad |= not inside
        table.add_row(
            claim_name,
            f"{min(found):.6g} to {max(found):.6g}",
            f"{claim['low']:.6g} to {claim['high']:.6g}" + ("" if inside else "  [red]left[/]"),
            str(len(found)),
        )
    console.print(table)
    rows = {
        (n, settings.tier): {
            "claim": n,
            "tier": settings.tier,
            "low": f"{min(v):.6g}",
            "high": f"{max(v):.6g}",
            "runs": len(v),
            "seeds": len(seeds),
            "threads": " ".join(map(str, threads)),
            "device": device,
            "commit": commit(project),
        }
        for n, v in values.items()
    }
    _keep(project.root / MEASURED, rows)
    return int(bad)


def _table(*heads: str) -> Table:
    table = Table()
    for head in heads:
        table.add_column(head, overflow="fold")  # a name that is cut is no name
    return table


def _measuring(project: Project, page: Page, settings: Settings):
    key = Analyzer(project, settings).key(page)
    return replace(job_for(project, page, key), measure=True)


def _keep(path: Path, rows: dict[tuple[str, str], dict]) -> None:
    """Add rows to the file of measured ranges, in one rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    merged = {**read_measured(path), **rows}
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    with open(handle, "w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(merged[k] for k in sorted(merged))
    os.chmod(name, 0o644)
    os.replace(name, path)
