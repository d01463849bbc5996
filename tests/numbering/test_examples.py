"""The examples in the docstrings of this package are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import haodun.numbering

MODULES = [f"haodun.numbering.{module.name}" for module in pkgutil.iter_modules(haodun.numbering.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(found) >= 4
