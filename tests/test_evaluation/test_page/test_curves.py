"""Objective curves by hand."""
import pytest

from mmadvrain.evaluation.page.curves import curve, thinned


def test_the_mean_runs_from_corner_to_corner():
    one = curve('loss', [[4., 2., 0.]])
    assert one.line == '6.0,6.0 160.0,70.0 314.0,134.0'
    assert (one.low, one.high) == (0., 4.)
    assert one.words == ('loss: on the mean of 1 images from 4 at the start '
                         'to 0 at step 3')


def test_images_are_averaged_and_what_is_no_number_left_out():
    one = curve('loss', [[4., None, 0.], [2., None, 2.]])
    assert 'from 3 at the start to 1 at step 3' in one.words
    assert len(one.line.split()) == 2


def test_a_long_curve_is_thinned_but_keeps_its_ends():
    values = [float(i) for i in range(1000)]
    assert len(curve('loss', [values]).line.split()) == 60
    thin = thinned(values)
    assert len(thin) == 60 and (thin[0], thin[-1]) == (0., 999.)


@pytest.mark.parametrize('losses', [[], [[]], [[1.]], [[None, None]]])
def test_nothing_is_drawn_of_nothing(losses):
    assert curve('loss', losses) is None


def test_numbers_are_short():
    assert thinned([1.23456789, None]) == [1.235, None]
    assert thinned([]) == []
