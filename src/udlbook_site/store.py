"""The store of executed pages: written atomically, checked when read, healed when damaged.

An entry is a folder named by its key, with ``notebook.json`` (the page's code cells and their
outputs) and ``record.json`` (where and how it ran, and the hash of the notebook). It is written
under a temporary name and renamed, so it is there whole or not at all. An entry that does not
match its own hash is set aside and the page runs again.

A page's key without data files names a short list of the sets of files that its runs opened; the
entry's own key adds the contents of those files. So a changed data file makes its readers stale.
"""

import json
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .keys import digest

FILES = ("notebook.json", "record.json")
REMEMBERED = 4  # sets of data files kept per key


@dataclass(frozen=True)
class Entry:
    """A stored run."""

    key: str
    cells: list[dict]
    record: dict

    @property
    def stamp(self) -> str:
        """What a page that shows this run depends on: its key and what came out."""
        return f"{self.key}-{self.record['sha256']}"

    def files(self) -> dict[str, str]:
        """The texts of the entry's files, by their names."""
        return dict(zip(FILES, (_text(self.cells), _text(self.record)), strict=True))

    @classmethod
    def read(cls, key: str, notebook: str, record: str) -> "Entry":
        """The entry that these texts are.

        Raises:
            ValueError: If they are not JSON, or not what was once stored under the key.
        """
        found = json.loads(record)
        if found["key"] != key or found["sha256"] != digest(notebook):
            raise ValueError("its hash differs")
        return cls(key, json.loads(notebook), found)


class Store:
    """Executed pages under one folder.

    Args:
        folder: Made on the first write.
        root: The project's root: data files are named relative to it.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.root = root
        self.damaged: list[Path] = []  # where damaged entries were put
        self._hashes: dict[str, str] = {}

    def find(self, static: str) -> Entry | None:
        """The run under a key, if it is there and whole and its data files are unchanged."""
        for reads in self._read_sets(static):
            entry = self.get(self._full_key(static, reads))
            if entry is not None:
                return entry
        return None

    def get(self, key: str) -> Entry | None:
        """The entry of this key, if it is there and whole; a damaged one is set aside."""
        place = self._place(key)
        if not place.is_dir():
            return None
        try:
            return Entry.read(key, *((place / name).read_text("utf8") for name in FILES))
        except (OSError, ValueError, KeyError, TypeError):
            self.damaged.append(self._set_aside(place))
            return None

    def put(self, static: str, cells: list[dict], record: dict) -> Entry:
        """Store a run. ``record["reads"]`` lists the data files that it opened."""
        reads = sorted(record["reads"])
        key = self._full_key(static, reads)
        record = {**record, "key": key, "static": static, "reads": reads}
        entry = Entry(key, cells, record | {"sha256": digest(_text(cells))})
        self.keep(entry)
        return entry

    def keep(self, entry: Entry) -> None:
        """Remember what an entry read, then place it: what is cut short between is no entry."""
        static, reads = entry.record["static"], entry.record["reads"]
        sets = [reads, *(s for s in self._read_sets(static) if s != reads)]
        self._write_json(self._sets_file(static), sets[:REMEMBERED])
        place = self._place(entry.key)
        place.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
        try:
            for name, text in entry.files().items():
                _write(work / name, text)
            old = self._set_aside(place) if place.exists() else None
            os.replace(work, place)
            if old is not None:
                shutil.rmtree(old)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def seconds(self) -> dict[str, float]:
        """How long each page took when it last ran: what the scheduler starts first."""
        return self._read_json(self.folder / "seconds.json", {})

    def remember_seconds(self, seconds: dict[str, float]) -> None:
        """Add to what ``seconds`` returns."""
        self._write_json(self.folder / "seconds.json", {**self.seconds(), **seconds})

    def forget(self) -> None:
        """The data files may have changed: hash them again when next asked."""
        self._hashes.clear()

    def _full_key(self, static: str, reads: list[str]) -> str:
        return digest(static + json.dumps([[name, self._hash(name)] for name in reads]))

    def _hash(self, name: str) -> str:
        if name not in self._hashes:
            path = self.root / name
            self._hashes[name] = digest(path.read_bytes()) if path.is_file() else "absent"
        return self._hashes[name]

    def _place(self, key: str) -> Path:
        return self.folder / "entries" / key[:2] / key

    def _sets_file(self, static: str) -> Path:
        return self.folder / "reads" / static[:2] / f"{static}.json"

    def _read_sets(self, static: str) -> list[list[str]]:
        sets = self._read_json(self._sets_file(static), [])
        return [s for s in sets if isinstance(s, list)] if isinstance(sets, list) else []

    def _set_aside(self, place: Path) -> Path:
        aside = self.folder / "damaged" / f"{place.name}-{time.time_ns()}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        os.replace(place, aside)
        return aside

    def _read_json(self, path: Path, default):
        try:
            return json.loads(path.read_text("utf8"))
        except (OSError, ValueError):
            return default

    def _write_json(self, path: Path, value) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        os.close(handle)
        try:
            _write(Path(name), json.dumps(value))
            os.replace(name, path)
        finally:
            Path(name).unlink(missing_ok=True)


def _text(value) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)


def _write(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
