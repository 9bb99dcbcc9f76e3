"""Tags: permanent names of four characters for whatever in the book can be cited.

A tag is not a number. Chapters move, figures are added, equations are counted anew; the tag of an
equation stays with it. ``book/tags.csv`` is a diary, to which rows are only ever added: ``tag``
names ``item`` from that row on. A row with an item of another name says that the item was
renamed; a row without an item retires the tag, and its note says what became of it.
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .progress import console
from .project import PressError, Project

ITEMS = "items.json"  # in the build folder: what the last rendering found
HEAD = ("tag", "item", "note")
# No vowels, so that no tag is a word; no L, which looks like a 1.
ALPHABET = "0123456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH = 4


@dataclass
class Tags:
    """What the diary says today.

    Attributes:
        of: The tag of each item.
        retired: What became of the items whose tags are retired: the item's last name, the note.
    """

    of: dict[str, str] = field(default_factory=dict)
    retired: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def all(self) -> set[str]:
        """Every tag ever given."""
        return {*self.of.values(), *self.retired}


def tags_file(project: Project) -> Path:
    """Where a book keeps its tags; a book without this file has none."""
    return project.root / "book" / "tags.csv"


def read_tags(text: str) -> Tags:
    """Read a diary of tags.

    Args:
        text: The contents of ``book/tags.csv``.

    Raises:
        PressError: If a row is not of the form, gives an item a second tag, a tag to a second
            item, or takes up a retired tag.
    """
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or tuple(rows[0]) != HEAD:
        raise PressError(f"tags.csv: expected the head {','.join(HEAD)}, got {rows[:1]}")
    tags = Tags()
    items: dict[str, str] = {}  # of each tag
    for number, row in enumerate(rows[1:], 2):
        if fault := _read_row(tags, items, row):
            raise PressError(f"tags.csv, row {number}: {fault}")
    return tags


def _read_row(tags: Tags, items: dict[str, str], row: list[str]) -> str | None:
    if len(row) != len(HEAD):
        return f"expected {len(HEAD)} columns, got {len(row)}"
    tag, item, note = row
    if not is_tag(tag):
        return f"expected a tag of {LENGTH} of the characters {ALPHABET}, got {tag!r}"
    if tag in tags.retired:
        return f"the tag {tag} is retired and cannot be given again"
    before = items.pop(tag, None)
    if before is not None:
        del tags.of[before]
    if not item:
        if before is None or not note:
            return f"to retire {tag} it must be in use, and the note must say what became of it"
        tags.retired[tag] = (before, note)
        return None
    if item in tags.of:
        return f"{item} has the tag {tags.of[item]} already"
    if before is not None and _kind(before) != _kind(item):
        return f"{tag} names a {_kind(before)} and cannot name a {_kind(item)}"
    tags.of[item] = tag
    items[tag] = item
    return None


def _kind(item: str) -> str:
    return item.partition(":")[0]


def is_tag(text: str) -> bool:
    """Whether a text has the form of a tag.

    >>> is_tag("0B7X"), is_tag("b7x0"), is_tag("1234")
    (True, False, False)
    """
    return len(text) == LENGTH and set(text) <= set(ALPHABET) and not text.isdecimal()


def mint(item: str, taken: set[str]) -> str:
    """A new tag. It is made from the item's name, so that two people who add the same item on
    two machines give it the same tag, and those who add different ones rarely collide.

    Args:
        item: The item's name.
        taken: Tags that were ever given.
    """
    attempt = 0
    while True:
        number = int.from_bytes(hashlib.sha256(f"{item}\n{attempt}".encode()).digest()[:8])
        tag = ""
        for _ in range(LENGTH):
            number, digit = divmod(number, len(ALPHABET))
            tag += ALPHABET[digit]
        if is_tag(tag) and tag not in taken:
            return tag
        attempt += 1


def add_rows(path: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    """Add rows to a diary, all or none; a file that is not there is begun."""
    text = path.read_text("utf8") if path.is_file() else ",".join(HEAD) + "\n"
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    read_tags(text + out.getvalue())
    work = path.with_name(f".{path.name}.{os.getpid()}")
    work.write_text(text + out.getvalue(), "utf8")
    os.replace(work, path)


def add_items(path: Path, items: Iterable[str]) -> list[str]:
    """Give tags to those of these items that have none.

    Returns:
        The items that were new.
    """
    tags = read_tags(path.read_text("utf8")) if path.is_file() else Tags()
    taken, rows = tags.all, []
    for item in items:
        if item not in tags.of:
            tag = mint(item, taken)
            taken.add(tag)
            rows.append((tag, item, ""))
    if rows or not path.is_file():
        add_rows(path, rows)
    return [item for _, item, _ in rows]


def faults(tags: Tags, items: Iterable[str]) -> list[str]:
    """What stands in the way: items without a tag, and tags whose items are gone."""
    items = set(items)
    found = []
    if new := sorted(items - set(tags.of)):
        found.append(
            f"{len(new)} items have no tag yet ({_some(new)}): "
            "run `python -m udlbook_site tags` and commit book/tags.csv"
        )
    for item in sorted(set(tags.of) - items):
        found.append(
            f"{item}, tag {tags.of[item]}, is gone: if it has another name now, run "
            f"`python -m udlbook_site tags --rename {item} NEW`; if it was taken out, "
            f"`python -m udlbook_site tags --retire {item} --note 'what became of it'`"
        )
    return found


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def lost_rows(old: str, new: str) -> list[str]:
    """Rows of an older diary that a newer one has not, or has in another order."""
    rows = iter(new.splitlines())
    return [row for row in old.splitlines() if not any(row == other for other in rows)]


def change_tags(
    project: Project, rename: tuple[str, str] | None, retire: str | None, note: str
) -> None:
    """What the command does: add a row for a renamed or retired item, or tag all new ones.

    Raises:
        PressError: If the item has no tag, or no rendering has noted what the book holds.
    """
    path = tags_file(project)
    tags = read_tags(path.read_text("utf8")) if path.is_file() else Tags()
    for item in filter(None, (rename and rename[0], retire)):
        if item not in tags.of:
            raise PressError(f"{item} has no tag: `grep` for its name in {path.name}")
    if rename:
        add_rows(path, [(tags.of[rename[0]], rename[1], "")])
    if retire:
        add_rows(path, [(tags.of[retire], "", note)])
    if rename or retire:
        return
    try:
        items = json.loads((project.build / ITEMS).read_text("utf8"))
    except (OSError, ValueError):
        raise PressError(
            "what the book holds is not known yet: run `python -m udlbook_site render` first"
        ) from None
    added = add_items(path, items)
    console.print(f"{len(added)} new tags in {path.relative_to(project.root)}")
