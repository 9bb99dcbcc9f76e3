"""Oracles: Python's datetime, which parses what was written, and its own ISO format."""

from datetime import datetime

import numpy as np
import pytest

from udlbook.data import (
    DATE_LETTERS,
    DATE_STYLES,
    EOS,
    FIRST,
    PAD,
    date_task,
    date_text,
    date_texts,
)

PARSED_BY = ("%d %B %Y", "%B %d, %Y", "%a %d %b %Y", "%d.%m.%Y", "%d/%m/%y")
DAYS = np.arange("1969-01-01", "2069-01-01", dtype="datetime64[D]")


@pytest.mark.parametrize(("style", "pattern"), list(zip(DATE_STYLES, PARSED_BY, strict=True)))
def test_python_reads_the_same_day_out_of_every_text(style, pattern):
    days = DAYS[:: 31 if "%a" not in pattern else 29]
    for day, text in zip(days, date_texts(days, style), strict=True):
        read = datetime.strptime(text, pattern)
        assert read.date() == day.item()
        if "%a" in pattern:  # strptime does not ask whether the weekday is right
            assert text.startswith(read.strftime("%a "))


@pytest.mark.parametrize("style", DATE_STYLES)
def test_no_two_days_are_written_alike(style):
    assert len(np.unique(date_texts(DAYS, style))) == len(DAYS) == 36_525


def test_a_task_is_a_text_and_the_iso_date():
    days = np.random.default_rng(0).choice(DAYS, 400)
    source, target = date_task(days, rng=np.random.default_rng(1))
    assert source.shape == (400, 18) and target.shape == (400, 11)
    assert (target[:, 10] == EOS).all() and source.max() < FIRST + len(DATE_LETTERS)
    used = np.zeros(len(DATE_STYLES), dtype=int)
    for day, read, said in zip(days, source, target, strict=True):
        assert date_text(said) == day.item().isoformat()
        n = int((read != PAD).sum())
        assert (read[n:] == PAD).all()
        texts = [str(date_texts(day[None], style)[0]) for style in DATE_STYLES]
        used[texts.index(date_text(read))] += 1
    assert used.min() > 50  # of each 80 are expected, with a deviation of 8


def test_few_days_and_none_are_days_too():
    for n in (0, 1, 2):  # some style is missing
        source, target = date_task(DAYS[:n], rng=np.random.default_rng(0))
        assert source.shape == (n, 18) and target.shape == (n, 11)
    for style in DATE_STYLES:
        assert date_texts(DAYS[:0], style).shape == (0,)


def test_bad_input_is_named():
    day = DAYS[:1]
    with pytest.raises(ValueError, match="style must be one of"):
        date_texts(day, "3rd of March")
    with pytest.raises(ValueError, match=r"days must have shape \(n,\)"):
        date_texts(DAYS[:4].reshape(2, 2), DATE_STYLES[0])
    with pytest.raises(ValueError, match=r"type datetime64\[D\]; got int64"):
        date_texts(np.arange(3), DATE_STYLES[0])
    for wrong in ("1968-12-31", "2069-01-01", "NaT"):
        with pytest.raises(ValueError, match=f"from 1969-01-01 to 2068-12-31; got {wrong}"):
            date_texts(np.array([DAYS[0], wrong], dtype="M8[D]"), DATE_STYLES[0])
    with pytest.raises(ValueError, match=r"a token must be between 0 and .*; got 99"):
        date_text([99])
