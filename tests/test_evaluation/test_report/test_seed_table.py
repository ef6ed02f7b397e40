import numpy as np
import pytest

from mmadvrain.evaluation.report.seed_table import (
    seed_table,
    summarise_seeds,
)
from tests.markdown import cells


def test_mean_and_deviation_of_a_sample():
    values = [20.5, 21.25, 19.]
    runs = [dict(psnr=v, ssim=0.5, extra=1) for v in values]
    del runs[1]['extra']
    summary = summarise_seeds(runs)
    assert set(summary) == {'psnr', 'ssim'}
    assert summary['psnr']['mean'] == pytest.approx(np.mean(values))
    assert summary['psnr']['deviation'] == pytest.approx(
        np.std(values, ddof=1))
    assert summary['ssim'] == dict(mean=0.5, deviation=0, seeds=3)


def test_one_seed_and_none():
    assert summarise_seeds([dict(a=1)])['a'] == dict(
        mean=1, deviation=None, seeds=1)
    assert summarise_seeds([]) == {}


def test_table():
    arms = dict(
        plain=summarise_seeds([dict(psnr=20., ssim=0.25)]),
        advrain=summarise_seeds([
            dict(psnr=20., ssim=0.25, more=1),
            dict(psnr=21., ssim=0.75, more=1)
        ]))
    assert cells(seed_table(arms)) == [
        ['', 'seeds', 'psnr', 'ssim', 'more'],
        ['plain', '1', '20.00', '0.2500', ''],
        ['advrain', '2', '20.50 ± 0.71', '0.5000 ± 0.3536', '1.00 ± 0.00'],
    ]
    assert cells(seed_table(arms, ['ssim']))[0] == ['', 'seeds', 'ssim']
