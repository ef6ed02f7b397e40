"""What results.json says, worked out from records by hand."""
import math

import pytest

from mmadvrain.store.attack_store import AttackStore
from mmadvrain.store.run_summary import summarise_run
from tests.test_store.test_attack_store import finish
from tests.toys.records import put_record


def record(area, psnr, seconds, flags=(), problems=()):
    rain = dict(area=area, brightness=area / 2, chroma=0., psnr=psnr)
    return dict(
        adversarial=rain,
        random=dict(rain, area=2 * area),
        seconds=seconds,
        flags=list(flags),
        problems=list(problems))


def test_means_flags_and_failures(tmp_path):
    store = AttackStore(tmp_path)
    for name, content in (('a', record(0.1, 30., 1., ['f', 'g'])),
                          ('b', record(0.3, math.inf, 2., ['g'], ['odd']))):
        finish(store, name)
        put_record(store, name, content)
    put_record(store, 'c', dict(error='broken'))
    results = summarise_run(['a', 'b', 'c', 'd'], store,
                            dict(clean=dict(ap=0.12345)))
    assert results.views == dict(clean=dict(ap=0.12345))
    assert results.num_images == 4
    assert results.magnitude['adversarial']['area'] == pytest.approx(0.2)
    assert results.magnitude['random']['area'] == pytest.approx(0.4)
    # an image without rain has no finite PSNR and is left out of the mean
    assert results.magnitude['adversarial']['psnr'] == 30.
    assert results.seconds_per_image == 1.5
    assert results.flags == dict(f=['a'], g=['a', 'b'])
    assert results.failed == dict(c='broken', d='no record')
    assert results.problems == dict(b=['odd'])


def test_nothing_finished(tmp_path):
    results = summarise_run(['a'], AttackStore(tmp_path), {})
    assert results.magnitude == dict(adversarial={}, random={})
    assert results.seconds_per_image is None
    assert results.failed == dict(a='no record')
