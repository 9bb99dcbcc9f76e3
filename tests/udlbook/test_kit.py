"""Oracles: states of the generators before and after, numbers worked out by hand, the messages
that a person should read."""

import math
import random

import numpy as np
import pytest
import torch

import udlbook.claims
from udlbook._check import check_range, check_shape
from udlbook.budget import budget, tier
from udlbook.claims import ClaimError, claim
from udlbook.exercises import Exercises, Incorrect, Wrong
from udlbook.seeding import page_rng, page_seed, randn, seeded


def test_shapes_are_checked_and_read_off():
    x = np.zeros((4, 5, 3))
    assert check_shape("x", x, "B", "T", 3) == {"B": 4, "T": 5}
    assert check_shape("x", x, "...", "T", 3) == {"T": 5}
    assert check_shape("x", np.zeros((3, 3)), "D", "D") == {"D": 3}


@pytest.mark.parametrize(
    ("sizes", "known", "message"),
    [
        (("B", 3), {}, r"x must have shape \(B, 3\); got \(4, 5, 3\)"),
        (("B", "T", 4), {}, r"x must have shape \(B, T, 4\); got \(4, 5, 3\)"),
        (("D", "D", 3), {}, r"x must have shape \(D, D, 3\)"),
        (("B", "T", "D"), {"D": 7}, r"x must have shape \(B, T, D=7\)"),
        (("...", "A", "B", "C", "D"), {}, r"x must have shape \(\.\.\., A, B, C, D\)"),
        (("N",), {}, r"x must have shape \(N,\)"),
    ],
)
def test_a_wrong_shape_is_a_sentence(sizes, known, message):
    with pytest.raises(ValueError, match=message):
        check_shape("x", np.zeros((4, 5, 3)), *sizes, **known)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0, math.inf, "at least 0"), (-math.inf, 1, "at most 1"), (0, 1, "between 0 and 1")],
)
def test_ranges_say_what_is_allowed(low, high, words):
    check_range("p", 0.5, low, high)
    with pytest.raises(ValueError, match=f"p must be {words}; got"):
        check_range("p", -2 if low == 0 else 2, low, high)
    with pytest.raises(ValueError, match="got nan"):
        check_range("p", math.nan, low, high)


def test_seeded_repeats_its_draws_and_restores_every_generator():
    def draws():
        return random.random(), np.random.rand(), torch.rand(()).item()  # noqa: NPY002

    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    with seeded(3):
        first = draws()
    with seeded(3):
        assert draws() == first
    with seeded(4):
        assert all(a != b for a, b in zip(draws(), first, strict=True))
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[2])


def test_seeded_restores_after_an_error():
    state = random.getstate()
    with pytest.raises(KeyError), seeded(0):
        raise KeyError
    assert random.getstate() == state


def test_page_seeds_do_not_meet(monkeypatch):
    seeds = set()
    for base in range(5):
        monkeypatch.setenv("UDLBOOK_SEED", str(base))
        seeds |= {page_seed(k) for k in range(1000)}
    assert len(seeds) == 5000
    assert page_rng(1).random() == np.random.default_rng(4001).random()


@pytest.mark.parametrize("offset", [-1, 1000])
def test_a_seed_offset_out_of_range_is_refused(offset):
    with pytest.raises(ValueError, match=f"between 0 and 999; got {offset}"):
        page_seed(offset)


def test_a_page_seed_that_is_no_number_is_refused(monkeypatch):
    monkeypatch.setenv("UDLBOOK_SEED", "one")
    with pytest.raises(ValueError, match="got 'one'"):
        page_seed()


def test_randn_follows_its_generator_and_its_model():
    like = torch.zeros(1, dtype=torch.float64)
    x = randn(20_000, 2, like=like, generator=torch.Generator().manual_seed(5))
    again = torch.empty(20_000, 2, dtype=torch.float64)
    again.normal_(generator=torch.Generator().manual_seed(5))
    assert x.dtype == torch.float64 and torch.equal(x, again)
    assert abs(x.mean().item()) < 0.02 and abs(x.std().item() - 1) < 0.02


def test_the_tier_decides_the_budget(monkeypatch):
    monkeypatch.delenv("UDLBOOK_TIER", raising=False)
    assert tier() == "small" and budget(small=1, full=2) == 1
    monkeypatch.setenv("UDLBOOK_TIER", "full")
    assert budget(small=1, full=2) == 2
    monkeypatch.setenv("UDLBOOK_TIER", "huge")
    with pytest.raises(ValueError, match="one of 'small', 'full'; got 'huge'"):
        tier()


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_claim_in_its_range_is_printed(value, capsys):
    claim("a.b", value, low=0, high=1, source="by hand", fmt=".1%")
    assert f"claim a.b = {value:.1%}".replace("%", "\u00a0%") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "fmt", "text"),
    [
        (0.991, ".1%", "99.1 %"),
        (-2.5, ".1f", "−2.5"),
        (3.2e-11, ".1e", "3.2 × 10⁻¹¹"),
        (-2e15, ".0e", "−2 × 10¹⁵"),
        (26538, ",.0f", "26,538"),
        (0, ".0e", "0"),
        (0, ".2f", "0.00"),
    ],
)
def test_a_claim_is_written_as_prose_writes_numbers(value, fmt, text, capsys):
    claim("a.b", value, low=-1e16, high=1e16, source="by hand", fmt=fmt)
    out = capsys.readouterr().out.replace("\u00a0", " ")
    assert out.startswith(f"claim a.b = {text}, allowed")


def test_a_published_number_keeps_its_own_digits(monkeypatch):
    made = []
    monkeypatch.setattr(udlbook.claims, "_publish", lambda claim, line: made.append(claim))
    claim(
        "a.b", 0.991, low=0, high=1, source="x", fmt=".1%", paper=0.96, paper_fmt=".0%", where="T1"
    )
    claim("a.c", 0.5, low=0, high=1, source="x", fmt=".1f", paper=0.96, where="T1")
    assert [(c.text, c.paper_text) for c in made] == [
        ("99.1\u00a0%", "96\u00a0%"),
        ("0.5", "1.0"),
    ]


@pytest.mark.parametrize("value", [-1e-9, 1.0000001, math.nan, math.inf])
def test_a_claim_outside_its_range_fails(value):
    with pytest.raises(ClaimError, match=r"claim a\.b: expected 0 to 1; got"):
        claim("a.b", value, low=0, high=1, source="by hand")


def test_measuring_records_and_does_not_fail(monkeypatch, capsys):
    monkeypatch.setenv("UDLBOOK_MEASURE", "1")
    claim("a.b", 7, low=0, high=1, source="by hand")
    assert "claim a.b = 7" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("nodots", {}, "dotted lower case"),
        ("Upper.case", {}, "dotted lower case"),
        ("a.b", {"low": 2, "high": 1}, "low must not exceed high"),
        ("a.b", {"paper": 0.5}, r"needs where=\.\.\."),
    ],
)
def test_a_malformed_claim_is_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        claim(name, 0.5, **{"low": 0, "high": 1, "source": "x", **options})


def small_book() -> Exercises:
    book = Exercises("sums")

    @book.add("two", stub=None, reference=4, wrong=[Wrong(5, "too large", "added one")])
    def _two(answer):
        if answer > 4:
            raise Incorrect("too large")

    return book


def test_a_right_answer_is_praised_and_a_wrong_one_gets_its_hint(capsys):
    book = small_book()
    book.check("sums.two", 4)
    assert capsys.readouterr().out == "Correct: sums.two\n"
    with pytest.raises(Incorrect, match="too large"):
        book.check("sums.two", 5)


@pytest.mark.parametrize("answer", [None, ...])
def test_no_answer_is_no_error_of_the_reader(answer):
    with pytest.raises(Incorrect, match=r"sums\.two has no answer yet"):
        small_book().check("sums.two", answer)


def test_an_answer_that_stops_is_incorrect_and_says_why():
    with pytest.raises(Incorrect, match="your answer stopped with TypeError"):
        small_book().check("sums.two", "four")


def test_exercises_are_registered_once_with_a_planted_mistake_and_found_by_name():
    book = small_book()
    with pytest.raises(ValueError, match="registered once"):
        book.add("two", stub=None, reference=1, wrong=[Wrong(2, "x", "y")])
    with pytest.raises(ValueError, match="at least one wrong answer"):
        book.add("three", stub=None, reference=1, wrong=[])
    with pytest.raises(ValueError, match=r"one of sums\.two; got 'sums\.four'"):
        book.check("sums.four", 1)


def test_a_hint_is_shown_without_a_traceback():
    assert Incorrect("look again")._render_traceback_() == ["Not yet: look again"]
