"""What `hub load` shows of its work: a bar for each kind, and a table at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from hub.checking import Progress as LoadProgress
from hub.loading import LoadReport


@contextmanager
def load_progress() -> Iterator[LoadProgress]:
    """A bar for each kind, on standard error, that goes when the work is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        tasks = {}

        def _update(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done, total=total)

        yield _update


def show_report(report: LoadReport) -> None:
    """A row for each kind, on standard output."""
    table = Table(box=None, pad_edge=False)
    table.add_column("kind")
    for name in ("created", "updated", "unchanged"):
        table.add_column(name, justify="right")
    for name, counts in report.kinds.items():
        table.add_row(name, str(counts.created), str(counts.updated), str(counts.unchanged))
    Console().print(table)
    if not report.changed:
        Console(highlight=False, soft_wrap=True).print("Nothing differed; nothing was changed.")
