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

REMEMBERED = 4  # sets of data files kept per key


@dataclass(frozen=True)
class Entry:
    """A stored run."""

    key: str
    cells: list[dict]
    record: dict


class Store:
    """Executed pages under one folder.

    Args:
        folder: Made on the first write.
        root: The project's root: data files are named relative to it.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.root = root
        self._hashes: dict[str, str] = {}

    def find(self, static: str) -> Entry | None:
        """The run under a key, if it is there and whole and its data files are unchanged."""
        for reads in self._read_sets(static):
            entry = self._load(self._full_key(static, reads))
            if entry is not None:
                return entry
        return None

    def put(self, static: str, cells: list[dict], record: dict) -> Entry:
        """Store a run. ``record["reads"]`` lists the data files that it opened."""
        reads = sorted(record["reads"])
        key = self._full_key(static, reads)
        notebook = json.dumps(cells, ensure_ascii=False, indent=1, sort_keys=True)
        record = {**record, "key": key, "static": static, "reads": reads}
        record["sha256"] = digest(notebook)
        place = self._place(key)
        place.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
        try:
            _write(work / "notebook.json", notebook)
            _write(work / "record.json", json.dumps(record, indent=1, sort_keys=True))
            if place.exists():
                self._set_aside(place)
            os.replace(work, place)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        sets = [reads, *(s for s in self._read_sets(static) if s != reads)]
        self._write_json(self._sets_file(static), sets[:REMEMBERED])
        return Entry(key, cells, record)

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

    def _load(self, key: str) -> Entry | None:
        place = self._place(key)
        if not place.is_dir():
            return None
        try:
            text = (place / "notebook.json").read_text("utf8")
            record = json.loads((place / "record.json").read_text("utf8"))
            if record["key"] != key or record["sha256"] != digest(text):
                raise ValueError("hash differs")
            return Entry(key, json.loads(text), record)
        except (OSError, ValueError, KeyError, TypeError):
            self._set_aside(place)
            return None

    def _set_aside(self, place: Path) -> None:
        aside = self.folder / "damaged" / f"{place.name}-{time.time_ns()}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        os.replace(place, aside)

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


def _write(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
