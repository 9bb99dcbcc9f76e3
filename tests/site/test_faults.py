"""Oracles: the fault itself, injected for real; the processes and files that are there after."""

import pytest


def test_memory_beyond_the_limit_is_ended_and_named(book):
    path = book.page("big", "import numpy as np\nx = [np.ones(2**24) for _ in range(100)]")
    path.write_text(path.read_text().replace("---\n", "---\nudlbook: {memory: 1}\n", 1))
    failure = book.run().failures["book/big"]
    assert failure.cell == 1 and "more than the 1 GiB" in failure.reason


@pytest.mark.parametrize(
    "code",
    [
        "print('x' * 20_000_000)",
        "for _ in range(100_000): print('x' * 200)",
        "'x' * 70_000",
    ],
    ids=["one string", "a flood", "a value"],
)
def test_too_much_text_is_refused_with_the_way_out(book, code):
    book.page("loud", code)
    failure = book.run().failures["book/loud"]
    assert failure.cell == 1 and "64 KB" in failure.reason and "summary" in failure.reason


def test_too_large_a_figure_is_refused_with_the_way_out(book):
    book.page(
        "dense",
        "import numpy as np\nimport matplotlib.pyplot as plt\n"
        "plt.scatter(*np.random.default_rng(0).normal(size=(2, 40_000)));",
    )
    assert "rasterized=True" in book.run().failures["book/dense"].reason


@pytest.mark.parametrize(
    "code",
    [
        "from IPython.display import HTML\nHTML('<img src=x onerror=alert(1)>')",
        "from IPython.display import HTML\nHTML('<script>alert(1)</script>')",
        "from IPython.display import Javascript\nJavascript('alert(1)')",
    ],
)
def test_scripts_in_outputs_are_not_published(book, code):
    book.page("script", code)
    failure = book.run().failures["book/script"]
    assert "is not published" in failure.reason and "image/svg+xml" in failure.reason


def test_a_kernel_that_ends_itself_is_named_with_its_code(book):
    book.page("exit", "import os\nos._exit(7)")
    assert "exit code 7" in book.run().failures["book/exit"].reason
