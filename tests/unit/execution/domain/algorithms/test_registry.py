import pytest

from execution.domain.algorithms import twap
from execution.domain.algorithms.registry import UnknownAlgorithm, algorithm_names, get_algorithm, register_algorithm


def test_twap_is_registered():
    assert get_algorithm("twap").plan is twap.plan
    assert "twap" in algorithm_names()


def test_an_unknown_name_says_which_names_exist():
    with pytest.raises(UnknownAlgorithm, match=r"'moon' is not an algorithm; there are: .*twap"):
        get_algorithm("moon")


def test_a_taken_name_is_refused():
    with pytest.raises(ValueError, match="already registered"):
        register_algorithm("twap", twap.plan)


def test_an_empty_name_is_refused():
    with pytest.raises(ValueError, match="needs a name"):
        register_algorithm("", twap.plan)


def test_a_registered_algorithm_is_found_by_its_name(monkeypatch):
    monkeypatch.setattr("execution.domain.algorithms.registry._ALGORITHMS", {})
    register_algorithm("house", twap.plan)
    assert get_algorithm("house").plan is twap.plan
    assert algorithm_names() == ("house",)
