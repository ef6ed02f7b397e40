"""Calls take turns, and medians ignore the first round."""
import time

import pytest
import torch

from benchmarks.timing import (
    clock_of,
    describe_machine,
    peak_memory,
    side_by_side,
)


def test_calls_take_turns():
    order = []
    seconds = side_by_side(
        dict(a=lambda: order.append('a'), b=lambda: order.append('b')), 2)
    assert order == ['a', 'b'] * 3
    assert set(seconds) == {'a', 'b'} and min(seconds.values()) >= 0


def test_a_slow_call_is_not_repeated():
    order = []

    def slow():
        order.append('slow')
        began = time.process_time()
        while time.process_time() - began < 0.02:
            pass

    seconds = side_by_side(
        dict(slow=slow, fast=lambda: order.append('fast')), 4, limit_s=0.01)
    assert order.count('slow') == 1 and order.count('fast') == 5
    assert seconds['slow'] >= 0.02 > seconds['fast']


def test_a_call_that_settles_is_made_twice():
    order = []
    side_by_side(
        dict(a=lambda: order.append('a'), b=lambda: order.append('b')),
        1,
        settle=('b', ))
    assert order == ['a', 'b', 'b'] * 2


def test_repeats_must_be_positive():
    with pytest.raises(ValueError, match='must be positive, but got 0'):
        side_by_side({}, 0)


def test_clock_with_one_thread():
    assert clock_of('cpu') == 'processor'
    assert clock_of('cuda') == 'wall'
    assert describe_machine('cpu')['threads'] == torch.get_num_threads()


def test_peak_memory_sees_a_large_tensor():
    found = peak_memory(lambda: torch.ones(2**25).sum(), 'cpu')
    if found is None:
        pytest.skip('the system does not tell')
    assert 2**26 < found < 2**29
    # memory that was freed before is not taken for nothing
    again = peak_memory(lambda: torch.ones(2**25).sum(), 'cpu')
    assert again == pytest.approx(found, rel=0.1)
    assert 0 <= peak_memory(lambda: None, 'cpu') < 2**23
