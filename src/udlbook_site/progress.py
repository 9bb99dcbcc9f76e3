"""What a person sees while pages run: bars on a terminal, lines anywhere else."""

import time
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console(highlight=False, soft_wrap=True)


class Board:
    """Pages done, running and waiting, with the seconds of each."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.running: dict[str, float] = {}
        self.done = self.failed = 0
        self.bar = Progress(
            TextColumn("pages"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        )
        self.task = self.bar.add_task("pages", total=total)
        self.live: Live | None = None

    def start(self, page: str) -> None:
        """A page has begun."""
        self.running[page] = time.perf_counter()
        if self.live is None:
            waiting = self.total - self.done - len(self.running)
            console.print(f"  [dim]start[/] {page} [dim]({waiting} waiting)[/]")

    def finish(self, page: str, seconds: float, ok: bool) -> None:
        """A page has ended."""
        self.running.pop(page, None)
        self.done += 1
        self.failed += not ok
        self.bar.advance(self.task)
        word = "[green]done[/] " if ok else "[red]failed[/]"
        console.print(f"  {word} {page} {seconds:.1f} s [dim]({self.done} of {self.total})[/]")

    def __rich__(self) -> Table:
        table = Table.grid(padding=(0, 1))
        table.add_row(self.bar)
        waiting = self.total - self.done - len(self.running)
        now = time.perf_counter()
        for page, start in self.running.items():
            table.add_row(f"  [cyan]running[/] {page} {now - start:.0f} s")
        table.add_row(f"  [dim]{waiting} waiting, {self.failed} failed[/]")
        return table


@contextmanager
def board(total: int):
    """A board that is drawn while the block runs, if there is a terminal to draw on."""
    made = Board(total)
    if not console.is_terminal:
        yield made
        return
    with Live(made, console=console, refresh_per_second=4, transient=True) as made.live:
        yield made
