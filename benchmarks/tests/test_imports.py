"""What only a GPU runs is at least there."""
from importlib import import_module
from pathlib import Path

import pytest

MODULES = sorted(
    path.stem for path in Path(__file__).parents[1].glob('*.py')
    if path.stem != '__init__')


@pytest.mark.parametrize('name', MODULES)
def test_every_benchmark_finds_what_it_imports(name):
    import_module(f'benchmarks.{name}')
