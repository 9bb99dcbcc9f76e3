"""Oracles: pairs of runs written by hand, with one known difference each and its size; figures
that Matplotlib draws of data moved by a known length; bitmaps with one known pixel changed."""

import base64
import hashlib
import io
import json
import shutil

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from udlbook_site.bundle import bundle
from udlbook_site.compare import compare
from udlbook_site.keys import Settings
from udlbook_site.project import CLAIM, PressError
from udlbook_site.store import Store

CODE = "compute()"


def text(words):
    return {"output_type": "stream", "name": "stdout", "text": words}


def shows(**data):
    return {"output_type": "display_data", "metadata": {}, "data": data}


def svg(content):
    return shows(**{"image/svg+xml": content})


def claim(value, low=0.0, high=1.0, name="a.b"):
    return {"name": name, "value": value, "low": low, "high": high}


@pytest.fixture
def stores(tmp_path):
    """Puts runs into the stores ``a`` and ``b``."""

    def put(side, *outputs, page="book/one", code=CODE, claims=(), date="2026-01-01", **settings):
        store = Store(tmp_path / side, tmp_path)
        settings = vars(Settings(**settings))
        made = [shows(**{CLAIM: c, "text/plain": f"{c['value']:.0f}"}) for c in claims]
        record = {"page": page, "reads": [], "claims": list(claims), "date": date, **settings}
        static = json.dumps([page, code, date, settings])
        cells = [{"source": code, "outputs": [*outputs, *made]}]
        return store.put(hashlib.sha256(static.encode()).hexdigest(), cells, record)

    put.a, put.b = tmp_path / "a", tmp_path / "b"
    return put


def said(stores, capsys, **how):
    code = compare(stores.a, stores.b, **how)
    return code, capsys.readouterr().out


def test_equal_stores_agree(stores, capsys):
    for side in "ab":
        stores(side, text("loss 0.5\n"), claims=[claim(0.5)])
    code, out = said(stores, capsys)
    assert code == 0 and out.startswith("1 runs of the same settings compared, 0 differ")


LONG = "epoch 1\nepoch 2, loss {}, done\nepoch 3\n"


@pytest.mark.parametrize(
    ("p", "q", "place"),
    [
        (LONG.format(0.25), LONG.format(0.2500001), ""),
        (LONG.format(0.25), LONG.format(0.25001), "line 2: 0.25 and 0.25001, relative difference"),
        (LONG.format(1e-9), LONG.format(-2e-8), ""),  # both are nothing
        ("[ 1. 2.]", "[-0.0000000001  2.]", "line 1: 1.0 and -1e-10"),
        ("[ 0.  2.]", "[-1e-10  2. ]", ""),
        ("a 1", "a 1\nb", "line 2: nothing and 'b'"),
        ("one 1", "two 1", "line 1: 'one 1' and 'two 1'"),
        ("0e1f2", "0e2f2", "line 1: '0e1f2' and '0e2f2'"),  # no number, though it begins like one
        ("run x0e1", "run x0e2", "line 1: 'run x0e1' and 'run x0e2'"),
        ("loss nan", "loss 0.1", "line 1: 'loss nan' and 'loss 0.1'"),
        ("step 1e400", "step 2", "line 1: inf and 2.0"),
    ],
)
def test_text_agrees_but_for_numbers_within_the_tolerance(stores, capsys, p, q, place):
    stores("a", text("same"), text(p))
    stores("b", text("same"), text(q))
    code, out = said(stores, capsys)
    assert code == bool(place)
    where = "book/one (small, cpu, seed 0, threads 1): cell 1, output 2: "
    assert (where + place in out) if place else "cell" not in out


def test_the_relative_difference_is_told_and_the_tolerance_is_ours(stores, capsys):
    stores("a", text("x 100.0"))
    stores("b", text("x 100.5"))
    assert "relative difference 0.005" in said(stores, capsys)[1]
    assert said(stores, capsys, tolerance=0.004)[0] == 1
    assert said(stores, capsys, tolerance=0.006)[0] == 0


def figure(shift, title="a title", image=None):
    """A line in a square of 100 points, moved up by so many points, as SVG."""
    with plt.rc_context({"svg.hashsalt": "x", "svg.fonttype": "none"}):
        fig = plt.figure(figsize=(100 / 72, 100 / 72))
        ax = fig.add_axes((0.1, 0.1, 0.8, 0.8))
        ax.set(xlim=(0, 100), ylim=(0, 80), title=title)
        # The frame moves too, and with it the ids that Matplotlib makes of its place.
        ax.set_position((0.1, 0.1 + shift / 100, 0.8, 0.8))
        ax.plot([0, 100], [10, 20], "o-")
        if image is not None:
            ax.imshow(image, extent=(0, 100, 0, 80), vmin=0, vmax=255, cmap="gray")
        file = io.StringIO()
        fig.savefig(file, format="svg")
        plt.close(fig)
    return file.getvalue()


def test_a_figure_may_move_by_what_no_eye_sees(stores, capsys):
    stores("a", svg(figure(0)))
    stores("b", svg(figure(0.004)))
    assert figure(0) != figure(0.004)
    assert said(stores, capsys)[0] == 0
    stores("b", svg(figure(0.1)), date="2026-01-02")
    code, out = said(stores, capsys)
    assert code == 1 and "output 1: figure, line" in out


def test_words_and_colours_of_figures_are_compared_as_such(stores, capsys):
    stores("a", svg(figure(0, title="0.001")))
    stores("b", svg(figure(0, title="0.002")))
    assert "words of the figure, line 10: 0.001 and 0.002" in said(stores, capsys)[1]
    stores("a", svg('<svg><path fill="#c0e1f2"/></svg>'), date="2026-01-02")
    stores("b", svg('<svg><path fill="#c0e2f2"/></svg>'), date="2026-01-02")
    assert "figure, line 1: #c0e1f2 and #c0e2f2" in said(stores, capsys)[1]


def png(pixel, size=(3, 4)):
    file = io.BytesIO()
    levels = np.full((*size, 3), 100, np.uint8)
    levels[1, 2, 0] = pixel
    Image.fromarray(levels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_bitmaps_are_compared_by_their_levels(stores, capsys):
    one = lambda data: shows(**{"image/png": data})  # noqa: E731
    stores("a", one(png(100)))
    stores("b", one(png(101)))
    assert said(stores, capsys)[0] == 0
    stores("b", one(png(93)), date="2026-01-02")
    assert "bitmap, 7 of 255 levels apart" in said(stores, capsys)[1]
    stores("b", one(png(100, (3, 5))), date="2026-01-03")
    assert "bitmap, 4 by 3 pixels and 5 by 3" in said(stores, capsys)[1]
    stores("b", one(base64.b64encode(b"none").decode()), date="2026-01-04")
    assert "cannot be read" in said(stores, capsys)[1]


def test_bitmaps_inside_figures_are_compared_by_their_levels(stores, capsys):
    picture = np.full((4, 4), 100)
    stores("a", svg(figure(0, image=picture)))
    picture[0, 0] += 9
    stores("b", svg(figure(0, image=picture)))
    assert "bitmap, 9 of 255 levels apart" in said(stores, capsys)[1]


def test_outputs_of_another_number_or_type_are_said(stores, capsys):
    stores("a", text("x"))
    stores("b", text("x"), text("y"))
    assert "cell 1: 1 outputs and 2" in said(stores, capsys)[1]
    stores("b", shows(**{"text/plain": "x"}), date="2026-01-02")
    assert "stdout and text/plain" in said(stores, capsys)[1]


def test_other_code_is_said_and_not_compared(stores, capsys):
    stores("a", text("1"))
    stores("b", text("2"), code="other()")
    code, out = said(stores, capsys)
    assert code == 0 and "book/one (small, cpu, seed 0, threads 1): ran other code" in out
    assert "0 runs of the same settings compared" in out


def test_the_newest_run_of_a_page_is_taken(stores, capsys):
    stores("b", text("new"))
    for day in range(1, 9):  # in whatever order their keys put them
        stores("a", text("new" if day == 5 else "old"), date=f"2026-0{1 + (day == 5)}-0{day}")
    assert said(stores, capsys)[0] == 0


def test_claims_are_compared_by_value_not_by_their_rounded_text(stores, capsys):
    stores("a", claims=[claim(0.4999999999)])
    stores("b", claims=[claim(0.5000000001)])
    assert said(stores, capsys)[0] == 0
    stores("b", claims=[claim(0.6)], date="2026-01-02")
    code, out = said(stores, capsys)
    assert code == 1 and "claim a.b: 0.4999999999 and 0.6, relative difference 0.17" in out


def test_a_claim_that_left_its_range_is_red_wherever_it_ran(stores, capsys):
    stores("a", page="book/two")
    stores("b", claims=[claim(1.5)])
    code, out = said(stores, capsys)
    assert code == 1 and "claim a.b = 1.5 left its range, 0.0 to 1.0" in out


def test_devices_are_compared_and_differences_told_without_turning_red(stores, capsys):
    stores("a", text("loss 1.0"), claims=[claim(0.5), claim(0.5, name="same")])
    stores("b", text("loss 1.1"), claims=[claim(0.6), claim(0.5, name="same")], device="cuda")
    code, out = said(stores, capsys)
    assert code == 0
    assert "cell 1, output 1: line 1: 1.0 and 1.1" in out and "output 2" not in out
    (row,) = [line for line in out.splitlines() if line.startswith("a.b")]
    assert row.split() == "a.b small cpu 0.5 0 to 1 small cuda 0.6 0 to 1".split()
    assert "1 of other devices or tiers, 1 claims differ" in out
    assert "same" not in out.replace("same settings", "")


def test_tiers_are_compared_by_their_claims_alone(stores, capsys):
    stores("a", text("loss 1.0"), claims=[claim(0.5), claim(2, 0, 3, name="c.d")])
    stores("b", text("loss 9.0"), claims=[claim(0.9, 0.8, 1.0)], tier="full")
    code, out = said(stores, capsys)
    assert code == 0 and "cell" not in out
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert "a.b small cpu 0.5 0 to 1 full cpu 0.9 0.8 to 1 outside the other's range" in rows
    assert "c.d small cpu 2 0 to 3 full cpu none" in rows


def test_one_store_with_two_devices_is_compared_with_itself_once(stores, capsys):
    stores("a", text("1.0"))
    stores("a", text("2.0"), device="cuda")
    shutil.copytree(stores.a, stores.b)
    code, out = said(stores, capsys)
    assert code == 0 and out.count("cell 1") == 1
    assert "2 runs of the same settings compared, 0 differ; 1 of other devices" in out


def test_pages_without_a_partner_are_listed(stores, capsys):
    stores("a", page="book/here")
    stores("b", page="book/there")
    for side, seed in (("a", 1), ("b", 2)):
        stores(side, page="book/seeds", seed=seed)
    code, out = said(stores, capsys)
    assert code == 0
    assert f"only in {stores.a}: book/here\n" in out and f"only in {stores.b}: book/there\n" in out
    assert "in both, but with other seeds or thread counts: book/seeds" in out


def test_a_damaged_run_is_left_out_and_stays(stores, capsys):
    entry = stores("a", text("x"))
    shutil.copytree(stores.a, stores.b)
    (notebook,) = stores.a.rglob("notebook.json")
    notebook.write_text("[]")
    code, out = said(stores, capsys)
    assert code == 0 and f"{entry.key} is damaged" in out and "only in" in out
    assert notebook.read_text() == "[]"


def test_real_runs_of_a_bundle_and_a_store_through_the_command_line(book):
    book.page(
        "one",
        "import os\nfrom udlbook.claims import claim\n"
        "full = os.environ['UDLBOOK_TIER'] == 'full'\n"
        "claim('a.b', 0.5 + 0.25 * full, low=0, high=1, source='me')",
        "import numpy as np, time\nprint('at', time.time_ns() // 1000)",
    )
    book.ran()
    bundle(book.project, book.root / "first.zip", [], Settings())
    done = book.command("compare", "first.zip", "_build/store")
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(book.project.store)
    assert book.ran() == {"book/one"} == book.ran(tier="full")
    done = book.command("compare", "first.zip", "_build/store", "--tolerance", "1e-15")
    assert done.returncode == 1 and "cell 2, output 1: line 1: " in done.stdout
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("a.b")]
    assert row.split() == "a.b small cpu 0.5 0 to 1 full cpu 0.75 0 to 1".split()
    done = book.command("compare", "first.zip", "nowhere")
    assert done.returncode == 2 and "no store at nowhere" in done.stderr


def test_what_is_no_store_is_refused(tmp_path):
    with pytest.raises(PressError, match="no store at"):
        compare(tmp_path, tmp_path)
