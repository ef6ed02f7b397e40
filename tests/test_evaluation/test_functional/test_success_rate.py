"""Success rates and how far they can be trusted."""
import math

import numpy as np
import pytest
from scipy.stats import binom

from mmadvrain.evaluation.functional.bootstrap import bootstrap_interval
from mmadvrain.evaluation.functional.success_rate import success_rates


def test_both_readings_by_hand():
    clean = [True, True, True, False]
    found = success_rates([True, False, False, False], clean)
    assert found == dict(
        top1=0.25, success_all=0.75, success_on_correct=pytest.approx(2 / 3))
    assert set(success_rates([True])) == {'top1', 'success_all'}


def test_no_clean_image_right():
    assert math.isnan(success_rates([True], [False])['success_on_correct'])


def test_refuses_images_that_do_not_fit():
    with pytest.raises(ValueError, match='at least one image'):
        success_rates([])
    with pytest.raises(ValueError, match='wanted 2 clean images'):
        success_rates([True, False], [True])


def test_interval_of_a_share_is_the_binomial_one():
    """The bootstrap of a share draws from a binomial distribution."""
    hits = np.arange(100) < 30

    def share(index):
        return hits[index].mean(1)

    found = bootstrap_interval(share, 100, draws=3000)
    assert found.value == 0.3
    assert found.low == pytest.approx(
        binom.ppf(0.025, 100, 0.3) / 100, abs=0.015)
    assert found.high == pytest.approx(
        binom.ppf(0.975, 100, 0.3) / 100, abs=0.015)
    assert found == bootstrap_interval(share, 100, draws=3000)


def test_draws_without_a_value_are_left_out():

    def only_first(index):
        return np.where((index == 0).any(1), 1., np.nan)

    assert bootstrap_interval(only_first, 5) == (1., 1., 1.)
    never = bootstrap_interval(
        lambda index: np.full(len(index), np.nan), 5, draws=3)
    assert np.isnan(never).all()


@pytest.mark.parametrize('options', (dict(draws=0), dict(level=1.)))
def test_refuses_numbers_out_of_range(options):
    with pytest.raises(ValueError, match='at least one image and one draw'):
        bootstrap_interval(lambda index: index.mean(1), 1, **options)
