"""Oracles: each exercise's own stub, planted wrong answers and reference, which must part ways."""

import importlib
import pkgutil
import re

import pytest

import udlbook.exercises
from udlbook.exercises import Exercise, Exercises, Incorrect, Wrong


def load() -> dict[str, tuple[Exercise, object]]:
    """Every exercise of every module of udlbook.exercises, with its module."""
    found = {}
    for info in pkgutil.iter_modules(udlbook.exercises.__path__, "udlbook.exercises."):
        module = importlib.import_module(info.name)
        for name, exercise in getattr(module, "EXERCISES", {}).items():
            assert name not in found, f"{name} is registered by two modules"
            found[name] = exercise, module
    return found


ALL = load()
WRONG = [
    pytest.param(name, wrong, id=f"{name}-{i}")
    for name, (exercise, _) in ALL.items()
    for i, wrong in enumerate(exercise.wrong)
]


def message(name: str, answer: object) -> str:
    """What the reader is told about an answer that is not right."""
    with pytest.raises(Incorrect) as caught:
        ALL[name][1].check(name, answer)
    return str(caught.value)


def test_there_are_exercises_and_each_is_named_after_its_module():
    assert len(ALL) >= 7
    for name, (exercise, module) in ALL.items():
        assert name == exercise.name
        assert name.split(".")[0] == module.__name__.rsplit(".", 1)[1]


@pytest.mark.parametrize("name", ALL)
def test_the_stub_fails_and_the_message_is_no_python_error(name):
    assert not re.search(r"stopped with \w+Error", message(name, ALL[name][0].stub))


@pytest.mark.parametrize("name", ALL)
def test_the_reference_passes_and_the_reader_is_told(name, capsys):
    exercise, module = ALL[name]
    module.check(name, exercise.reference)
    assert capsys.readouterr().out == f"Correct: {name}\n"


@pytest.mark.parametrize(("name", "wrong"), WRONG)
def test_a_wrong_answer_fails_with_its_own_hint(name, wrong):
    assert wrong.hint in message(name, wrong.answer)


@pytest.mark.parametrize("name", ALL)
def test_no_wrong_answer_is_told_the_hint_of_another(name):
    wrongs = ALL[name][0].wrong
    for wrong in wrongs:
        told = message(name, wrong.answer)
        assert [w.hint for w in wrongs if w.hint in told] == [wrong.hint]
        assert wrong.why


@pytest.mark.parametrize("name", ALL)
def test_an_unknown_name_raises_a_value_error_that_lists_the_known_ones(name):
    with pytest.raises(ValueError, match=rf"must be one of .*{name}.*; got 'no\.such'"):
        ALL[name][1].check("no.such", 1)


@pytest.mark.parametrize("name", [n for n, (e, _) in ALL.items() if callable(e.reference)])
def test_an_answer_that_stops_is_incorrect_and_the_message_names_the_error(name):
    def broken(*args):
        raise KeyError("weights")

    assert "KeyError" in message(name, broken)


def test_this_test_would_notice_a_check_that_accepts_everything():
    book = Exercises("planted")

    @book.add("sum", stub=None, reference=4, wrong=[Wrong(5, "too large", "adds one")])
    def _lenient(answer):
        pass

    book.check("planted.sum", book.all["planted.sum"].wrong[0].answer)  # accepted: the fault
    ALL["planted.sum"] = book.all["planted.sum"], book
    book.__name__ = "planted"
    try:
        with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
            message("planted.sum", 5)
    finally:
        del ALL["planted.sum"]
