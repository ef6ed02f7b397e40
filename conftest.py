"""Fixtures of all tests."""
import os
from pathlib import Path

import pytest
import torch
from mmengine.registry import DefaultScope, init_default_scope


def pytest_configure() -> None:
    # small tensors gain nothing from more threads, and the toy detectors are
    # trained to the same weights on every machine
    torch.set_num_threads(1)


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Folder of real images, annotations and weights; not in the package."""
    name = os.environ.get('MMADVRAIN_SHARED_DATA')
    if not name:
        pytest.skip('no real data: the environment variable '
                    'MMADVRAIN_SHARED_DATA names no folder')
    folder = Path(name).resolve()
    if not folder.is_dir():
        pytest.skip(f'no real data at {folder}, the folder that '
                    'MMADVRAIN_SHARED_DATA names')
    return folder


@pytest.fixture(autouse=True)
def mmdet_scope() -> None:
    """Types without a prefix are MMDetection's, whatever ran before."""
    scope = DefaultScope.get_current_instance()
    if scope is None or scope.scope_name != 'mmdet':
        init_default_scope('mmdet')
