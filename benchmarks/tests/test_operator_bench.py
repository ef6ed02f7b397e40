"""Both operators are timed, each against the other's."""
from benchmarks.operator_bench import nms_cost, roi_align_cost


def test_times():
    assert min(nms_cost((200, 100), 0.7, 1)) > 0
    found = roi_align_cost(40, 64, 20, 1)
    assert set(found) == {'forward', 'both'}
    assert min(*found['forward'], *found['both']) > 0
