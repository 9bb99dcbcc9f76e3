"""Oracles: sys.modules of a fresh interpreter after an import; the import statements."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import udlbook

SOURCE = Path(udlbook.__file__).parent
# Floors from the top; a module imports only from floors above its own. Siblings never.
KIT = {"_check", "seeding", "budget", "claims"}
ENGINE = {"autodiff"}  # what the rest of the NumPy floor may build on, one step at a time
DENSITIES = {"probability"}
NUMPY = {"optim", "networks", "losses", "regularizers", "initialization", "data"}
NUMPY |= {"sampling", "classical", "fairness", "measures", "exercises"}
PICTURE = {"plot"}
SHARED = {"layers", "training"}
FLOORS = (KIT, ENGINE, DENSITIES, NUMPY, PICTURE, SHARED)
TOPICS = sorted(m.name for m in pkgutil.iter_modules([str(SOURCE)]))


def floor(topic: str) -> int:
    """The number of a topic's floor; what no floor names is a torch topic."""
    return next((i for i, names in enumerate(FLOORS) if topic in names), len(FLOORS))


def loaded_by(statement: str) -> set[str]:
    """The names of all modules that a statement loads, in a fresh interpreter."""
    code = (
        f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    )
    run = [sys.executable, "-c", code]
    return set(subprocess.run(run, capture_output=True, text=True, check=True).stdout.split())


def test_import_udlbook_loads_the_standard_library_only():
    roots = {name.partition(".")[0] for name in loaded_by("import udlbook")}
    assert roots - set(sys.stdlib_module_names) == {"udlbook"}


@pytest.mark.parametrize("topic", [t for t in TOPICS if floor(t) < FLOORS.index(PICTURE)])
def test_the_numpy_floor_loads_neither_torch_nor_matplotlib(topic):
    roots = {name.partition(".")[0] for name in loaded_by(f"import udlbook.{topic}")}
    assert not roots & {"torch", "matplotlib", "scipy", "sklearn", "IPython"}


def test_exercises_load_neither_torch_nor_matplotlib():
    names = [m.name for m in pkgutil.iter_modules([str(SOURCE / "exercises")])]
    every = "; ".join(f"import udlbook.exercises.{n}" for n in names)
    assert not {n.partition(".")[0] for n in loaded_by(every)} & {"torch", "matplotlib"}


def imported_topics(path: Path) -> set[str]:
    """The topics of udlbook that a file imports, wherever in the file."""
    package = ("udlbook", *path.relative_to(SOURCE).parts[:-1])
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            names = [f"{module}.{alias.name}" for alias in node.names]
        found |= {n.split(".")[1] for n in names if n.startswith("udlbook.")}
    return found


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_imports_only_from_floors_above(topic):
    base = SOURCE / topic
    for path in base.rglob("*.py") if base.is_dir() else [base.with_suffix(".py")]:
        for other in imported_topics(path) - {topic}:
            kit = floor(other) == floor(topic) == 0
            assert kit or floor(other) < floor(topic), f"{path.name} imports {other}"


def test_what_is_listed_can_be_loaded():
    assert set(udlbook.__all__) == {t for t in TOPICS if not t.startswith("_")}
    assert set(udlbook.__all__) <= set(dir(udlbook))
    assert udlbook.budget.tier() == "small"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = udlbook.nothing
