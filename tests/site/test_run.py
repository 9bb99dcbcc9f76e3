"""Oracles: the set of pages that a person, knowing the import graph, would run again; counters
written outside the book by the pages themselves; the pages' own printed state."""

import ast
import os
import threading

import pytest

from udlbook_site.project import PressError
from udlbook_site.run import select


@pytest.fixture
def graph(book):
    """Two chapters and two figures with known imports, run once."""
    book.page("direct", "from toy.deep import VALUE\nprint(VALUE)")
    book.page("indirect", "import toy.through as t\nprint(t.DOUBLE)")
    book.page("apart", "from toy.other import A\nprint(A)")
    book.page("data", "print(open('table.csv').read())")
    book.script("through", "from toy.through import DOUBLE")
    book.script("apart", "from toy import other")
    book.write("table.csv", "1,2\n")
    assert len(book.ran()) == 6
    return book


USERS_OF_DEEP = {"book/direct", "book/indirect", "gallery/topic/plot_through"}
USERS_OF_OTHER = {"book/apart", "gallery/topic/plot_apart"}


def test_nothing_changed_runs_nothing(graph):
    assert graph.ran() == set()


def test_an_edited_module_runs_its_importers_and_no_others(graph):
    graph.write("src/toy/deep.py", "VALUE = 4\n")
    assert graph.ran() == USERS_OF_DEEP
    graph.write("src/toy/other.py", "A = 2\n")
    assert graph.ran() == USERS_OF_OTHER


def test_an_edited_package_init_runs_all_that_import_from_the_package(graph):
    graph.write("src/toy/__init__.py", "NEW = 1\n")
    assert graph.ran() == USERS_OF_DEEP | USERS_OF_OTHER


def test_undoing_an_edit_finds_the_old_outputs(graph):
    graph.write("src/toy/deep.py", "VALUE = 4\n")
    graph.ran()
    graph.write("src/toy/deep.py", "VALUE = 3\n")
    assert graph.ran() == set()


def test_prose_comments_and_docstrings_run_nothing(graph):
    graph.page("direct", "from toy.deep import VALUE\nprint(VALUE)", text="More prose.")
    graph.write("src/toy/deep.py", '"""Other words."""\n\nVALUE = 3  # three\n')
    assert graph.ran() == set()


def test_a_page_that_prints_a_docstring_runs_again_when_it_changes(book):
    book.page("help", "import toy.deep\nprint(toy.deep.__doc__)")
    book.ran()
    book.write("src/toy/deep.py", '"""Other words."""\n\nVALUE = 3\n')
    assert book.ran() == {"book/help"}


def test_a_page_that_shows_source_runs_again_when_a_comment_changes(book):
    book.page("source", "import linecache\nprint(linecache.getline('src/toy/other.py', 1))")
    book.ran()
    book.write("src/toy/other.py", "A = 1  # one\n")
    assert book.ran() == {"book/source"}


def test_an_edited_data_file_runs_its_readers(graph):
    graph.write("table.csv", "3,4\n")
    assert graph.ran() == {"book/data"}


def test_an_edited_lock_runs_everything(graph):
    graph.write("requirements/lock.txt", "numpy==2\n")
    assert len(graph.ran()) == 6


def test_tier_and_seed_have_runs_of_their_own(book):
    book.page("tier", "import os\nprint(os.environ['UDLBOOK_TIER'], os.environ['UDLBOOK_SEED'])")
    assert book.ran() == {"book/tier"}
    assert book.ran(tier="full") == {"book/tier"}
    assert book.ran(seed=1) == {"book/tier"}
    assert book.ran() == set()
    (entry,) = book.run(tier="full").entries.values()
    assert entry.cells[0]["outputs"][0]["text"] == "full 0\n"


def test_a_module_outside_the_key_fails_the_page_by_name(book):
    book.page("sly", "import importlib\nimportlib.import_module('toy.other')")
    report = book.run()
    assert "toy.other" in report.failures["book/sly"].reason
    assert report.ran == []


def test_a_failing_page_is_named_with_cell_line_and_traceback_and_others_finish(book):
    path = book.page("bad", "x = 1", "def f():\n    return 1 / 0\nf()")
    book.page("good", "print('good')")
    report = book.run()
    failure = report.failures["book/bad"]
    assert report.ran == ["book/good"]
    assert failure.cell == 2 and "ZeroDivisionError" in failure.reason
    assert path.read_text().splitlines()[failure.line - 1] == "def f():"
    assert "return 1 / 0" in failure.traceback
    assert set(book.run().failures) == {"book/bad"}  # a failure is never taken from the store


@pytest.mark.parametrize("kind", ["DeprecationWarning", "FutureWarning"])
def test_deprecations_are_errors(book, kind):
    book.page("old", f"import warnings\nwarnings.warn('gone soon', {kind})")
    assert kind in book.run().failures["book/old"].reason


def test_no_kernel_outlives_its_page(book):
    book.page("pid", "import os\nprint(os.getpid())")
    (entry,) = book.run().entries.values()
    with pytest.raises(ProcessLookupError):
        os.kill(int(entry.cells[0]["outputs"][0]["text"]), 0)


def test_each_page_has_a_fresh_kernel(book):
    code = "import builtins, numpy as np\nprint(hasattr(builtins, 'mark'))\nbuiltins.mark = 1"
    for name in ("one", "two", "three"):
        book.page(name, code + f"\nprint({name!r}, np.__name__)")
    for entry in book.run().entries.values():
        assert entry.cells[0]["outputs"][0]["text"].startswith("False")


def test_a_figure_is_svg_and_the_same_bytes_each_time(book):
    book.page(
        "plot", "import matplotlib.pyplot as plt\nplt.plot([1, 2], label='a')\nplt.legend();"
    )
    svgs = [
        book.run(seed=s).entries["book/plot"].cells[0]["outputs"][0]["data"]["image/svg+xml"]
        for s in (0, 1)
    ]
    assert svgs[0].lstrip().startswith("<?xml") and svgs[0] == svgs[1]


def test_no_address_in_memory_is_stored(book):
    book.page("address", "print(object())\nobject()")
    first, second = book.run().entries["book/address"].cells[0]["outputs"]
    assert first["text"] == "<object object at 0x...>\n"
    assert second["data"]["text/plain"] == "<object at 0x...>"


def test_a_page_must_not_write_into_the_project(book):
    book.page("writer", "open('made.txt', 'w').write('x')")
    assert "made.txt" in book.run().failures["book/writer"].reason


def test_a_page_edited_while_it_runs_is_not_stored(book):
    book.page("slow", "import time\nfrom toy.deep import VALUE\ntime.sleep(2)\nprint(VALUE)")
    edit = threading.Timer(1.0, book.write, ["src/toy/deep.py", "VALUE = 9\n"])
    edit.start()
    report = book.run()
    edit.join()
    assert "edited while it ran" in report.failures["book/slow"].reason
    (entry,) = book.run().entries.values()
    assert entry.cells[0]["outputs"][0]["text"] == "9\n"


def test_a_stub_must_fail_with_a_hint_and_leaves_no_output(book):
    cell = "from udlbook.exercises import Incorrect\nraise Incorrect('try again')"
    book.page("stub", cell, tags="exercise-stub")
    (entry,) = book.run().entries.values()
    assert entry.cells[0]["outputs"] == []
    book.page("stub", "print('passes')", tags="exercise-stub")
    assert "passes its check" in book.run().failures["book/stub"].reason
    book.page("stub", "1 / 0", tags="exercise-stub")
    assert "ZeroDivisionError" in book.run().failures["book/stub"].reason


def test_a_record_says_how_its_page_came_about(book):
    book.page("recorded", "from toy.through import DOUBLE\nx = open('data.txt').read()\nprint(x)")
    book.write("data.txt", "words\n")
    record = book.run().entries["book/recorded"].record
    assert record["modules"] == ["toy", "toy.deep", "toy.through"]
    assert record["reads"] == ["data.txt"]
    assert record["tier"] == "small" and record["seed"] == 0 and record["device"] == "cpu"
    assert 0 < record["seconds"] < 60 and record["peak_bytes"] > 10e6
    assert len(record["cell_seconds"]) == 1


def test_a_claim_outside_its_range_fails_the_page(book):
    claim = "from udlbook.claims import claim\nclaim('a.b', {}, low=0, high=1, source='me')"
    book.page("claims", claim.format(0.5))
    (found,) = book.run().entries["book/claims"].record["claims"]
    assert found["name"] == "a.b" and found["value"] == 0.5
    book.page("claims", claim.format(1.5))
    assert "expected 0 to 1; got 1.5" in book.run().failures["book/claims"].reason


def test_pages_are_selected_by_file_name_and_folder(book):
    book.page("one", "1")
    book.script("two", "1")
    names = lambda *given: [p.name for p in select(book.project, list(given))]  # noqa: E731
    assert names("book/one.md") == names("book/one") == ["book/one"]
    assert names("gallery") == ["gallery/topic/plot_two"]
    assert len(names()) == 2
    with pytest.raises(PressError, match="no page is called 'three'"):
        names("three")


def test_the_press_and_the_package_mean_the_same_claims():
    from udlbook.claims import MIME
    from udlbook_site.project import CLAIM

    assert CLAIM == MIME


@pytest.mark.parametrize("warm", [True, False])
def test_a_fresh_kernel_has_loaded_nothing_of_the_package(book, warm):
    """What a kernel finds loaded, no key would count."""
    book.page("fresh", "import sys\nprint([m for m in sys.modules if m.startswith('udlbook')])")
    threads = 1 if warm else 2  # with more than one thread, kernels start cold
    (entry,) = book.run(threads=threads).entries.values()
    loaded = set(ast.literal_eval(entry.cells[0]["outputs"][0]["text"]))
    assert loaded <= {"udlbook_site", "udlbook_site.kernel", "udlbook_site.warm"}


def test_torch_is_loaded_ahead_only_for_pages_that_need_it(book):
    book.page("light", "import sys\nassert 'torch' not in sys.modules")
    done = book.command("run")
    assert done.returncode == 0, done.stdout + done.stderr
    book.page("light", "import sys\nassert 'torch' in sys.modules\nimport torch")
    done = book.command("run")
    assert done.returncode == 0, done.stdout + done.stderr
