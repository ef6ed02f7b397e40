"""What is counted are the calls of each way."""
import sys

import pytest

from benchmarks import store_bench
from benchmarks.store_bench import store_cost


def test_calls_and_ratios(tmp_path):
    sys.addaudithook(store_bench._audit)
    (tmp_path / 'sub').mkdir()
    found = store_cost(tmp_path / 'sub', 40, 8, .5)
    write, resume = found['write'], found['resume']
    # created, opened, changed, renamed, opened to wait, waited for, at least
    assert write['file_an_image']['calls_per_record'] >= 6
    # one wait for each batch, and what it takes to begin
    assert 5 <= write['file_a_process']['calls_per_record'] * 40 <= 12
    assert resume['file_an_image']['calls_per_record'] == 1
    assert resume['file_a_process']['calls_per_record'] * 40 <= 4
    for cost in (write, resume):
        old, new = cost['file_an_image'], cost['file_a_process']
        assert old['seconds_if_slow'] == pytest.approx(old['seconds'] + 20 *
                                                       old['calls_per_record'])
        assert cost['ratio'] == old['seconds'] / new['seconds']
        assert cost['ratio_if_slow'] > 1
    assert found['bytes'] == sum(
        path.stat().st_size for path in (tmp_path / 'sub/lines').iterdir())
