"""NAFNet's own parts, by hand."""
import pytest
import torch
import torch.nn.functional as F

from mmadvrain.models.derainers.nafnet import (
    LocalMean,
    NAFBlock,
    NAFNet,
    gate,
)


def test_a_fresh_block_changes_nothing():
    features = torch.rand(1, 4, 5, 6)
    assert torch.equal(NAFBlock(4, None)(features), features)


def test_halves_are_multiplied():
    halves = torch.tensor([2., 3., 5., 7.]).view(1, 4, 1, 1)
    assert gate(halves).flatten().tolist() == [10., 21.]


@pytest.mark.parametrize('window, expected', [
    (1, [1., 2., 3., 4., 10.]),
    (3, [2., 2., 3., 17 / 3, 17 / 3]),
    (4, [2.5, 2.5, 4.75, 4.75, 4.75]),
    (5, [4.]),
    (None, [4.]),
])
def test_mean_of_neighbours(window, expected):
    row = torch.tensor([[[[1., 2., 3., 4., 10.]]]])
    assert LocalMean(window)(row).flatten().tolist() == pytest.approx(expected)
    column = LocalMean(window)(row.mT).flatten().tolist()
    assert column == pytest.approx(expected)


def test_mean_of_neighbours_is_that_of_pooling():
    features = torch.rand(2, 3, 9, 12, dtype=torch.double)
    inside = F.avg_pool2d(features, 5, stride=1)
    torch.testing.assert_close(LocalMean(5)(features)[..., 2:7, 2:10], inside)


def test_a_window_bounds_what_the_mean_sees():
    options = dict(width=4, enc_blk_nums=(1, ), dec_blk_nums=(1, ))
    torch.manual_seed(0)
    whole, local = NAFNet(**options), NAFNet(**options, window=8)
    with torch.no_grad():
        for parameter in whole.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        local.load_state_dict(whole.state_dict())
        rainy = torch.rand(1, 3, 8, 8)
        torch.testing.assert_close(local(rainy), whole(rainy))
        wide = torch.rand(1, 3, 8, 80)
        assert not torch.allclose(local(wide), whole(wide))
        # three blocks, each of four pixels and a convolution, two at half size
        other = wide.clone()
        other[..., 60:] = 1
        near, far = local(wide) - local(other), whole(wide) - whole(other)
    assert not near[..., :20].any() and far[..., :20].any()


@pytest.mark.parametrize('options, match', [
    (dict(enc_blk_nums=(1, 1)), 'equally many levels, but got'),
    (dict(window=15), 'window must be at least 16'),
    (dict(width=0), 'width must be at least 1'),
])
def test_wrong_options(options, match):
    with pytest.raises(ValueError, match=match):
        NAFNet(**options)
