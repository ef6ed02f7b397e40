"""Attention between channels, by hand."""
import pytest
import torch

from mmadvrain.models.derainers.drsformer import SparseAttention
from mmadvrain.models.derainers.restormer import Restormer
from mmadvrain.models.derainers.transformer_unet import (
    ChannelAttention,
    ChannelNorm,
)


def pointwise(channels, heads, temperature):
    """Attention whose query, key, value and result are the features."""
    net = ChannelAttention(channels, heads)
    with torch.no_grad():
        one = torch.eye(channels)[..., None, None]
        net.qkv.weight.copy_(one.repeat(3, 1, 1, 1))
        net.qkv_dwconv.weight.zero_()[..., 1, 1] = 1
        net.project_out.weight.copy_(one)
        net.temperature.fill_(temperature)
    return net


def test_attention_without_temperature_is_the_mean_of_each_head():
    features = torch.rand(2, 4, 3, 5)
    with torch.no_grad():
        mixed = pointwise(4, 2, 0.)(features)
    for head in (slice(0, 2), slice(2, 4)):
        mean = features[:, head].mean(1, keepdim=True)
        torch.testing.assert_close(mixed[:, head], mean.expand(-1, 2, -1, -1))


def test_attention_at_a_high_temperature_is_each_channel_itself():
    features = torch.eye(4).view(1, 4, 2, 2) + 0.1
    with torch.no_grad():
        mixed = pointwise(4, 1, 1000.)(features)
    torch.testing.assert_close(mixed, features)


def test_attention_knows_no_places():
    net, features = pointwise(4, 2, 3.), torch.rand(1, 4, 6, 7)
    with torch.no_grad():
        for dims in ((2, ), (3, ), (2, 3)):
            torch.testing.assert_close(
                net(features.flip(dims)),
                net(features).flip(dims))
        turned = net(features.mT)
        torch.testing.assert_close(turned, net(features).mT)


def test_sparse_attention_keeps_the_best():
    # of five channels 2, 3, 3 and 4 are kept
    net = SparseAttention(5, 1)
    with torch.no_grad():
        for number, weight in enumerate((1., 10., 100., 1000.), 1):
            getattr(net, f'attn{number}').fill_(weight)
        found = net.weigh(torch.tensor([3., 0., 4., 1., 2.]))
    e = torch.tensor([3., 0., 4., 1., 2.]).exp()
    two, three, four = (e[[2, 0]].sum(), e[[2, 0, 4]].sum(), e[[2, 0, 4,
                                                                3]].sum())
    best = 1 / two + 110 / three + 1000 / four
    expected = e * torch.stack(
        [best,
         torch.tensor(0.), best, 1000 / four, 110 / three + 1000 / four])
    torch.testing.assert_close(found, expected)


def test_norm_is_by_pixel():
    features = torch.tensor([[1., 3.], [10., 14.]]).view(1, 2, 1, 2)
    out = ChannelNorm(2)(features).flatten()
    # one below and one above the mean of 5.5, and of 8.5
    torch.testing.assert_close(out, torch.tensor([-1., -1., 1., 1.]))


@pytest.mark.parametrize('options', [
    dict(num_blocks=(1, 1, 1)),
    dict(heads=(1, 2, 4, 5)),
    dict(heads=(0, 2, 4, 8)),
])
def test_levels_that_do_not_fit(options):
    with pytest.raises(ValueError, match='of four levels, heads that divide'):
        Restormer(dim=8, **options)
