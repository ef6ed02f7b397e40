import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmadvrain.models.derainers.base_derainer import (
    BaseDerainer,
    strip_prefixes,
)


class Halver(BaseDerainer):
    """Averages over squares of four pixels, which needs a multiple of 4."""
    size_divisor = 4
    radius = 3

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.scale = nn.Parameter(torch.ones(3, 1, 1))
        self.seen = []
        self._finish()

    def derain(self, rainy):
        self.seen.append(tuple(rainy.shape))
        mean = F.avg_pool2d(rainy, 4)
        return self.scale * F.interpolate(mean, scale_factor=4)


def test_pads_and_crops():
    net = Halver()
    rainy = torch.rand(2, 3, 7, 9)
    derained = net(rainy)
    assert derained.shape == rainy.shape
    assert net.seen == [(2, 3, 8, 12)]
    padded = F.pad(rainy, (0, 3, 0, 1), mode='replicate')
    assert torch.equal(derained, net.derain(padded)[..., :7, :9])


def test_clamps_only_where_asked():
    rainy = torch.full((1, 3, 4, 4), 1.5, requires_grad=True)
    assert Halver()(rainy).max() == 1.5
    clamped = Halver(clamp=True)(rainy)
    assert clamped.max() == 1
    assert torch.autograd.grad(clamped.sum(), rainy)[0].abs().max() == 0
    free = Halver()(rainy)
    assert torch.autograd.grad(free.sum(), rainy)[0].abs().min() > 0


def test_tiles_change_nothing_and_are_used_for_larger_images_only():
    net, tiled = Halver(), Halver(tile_size=16)
    rainy = torch.rand(1, 3, 25, 18)
    torch.testing.assert_close(tiled(rainy), net(rainy))
    assert set(tiled.seen) == {(1, 3, 16, 16)} and len(tiled.seen) == 6
    tiled(rainy[..., :16, :10])
    assert tiled.seen[-1] == (1, 3, 16, 12) and len(tiled.seen) == 7
    tiled.set_tiles(None)
    tiled(rainy)
    assert tiled.seen[-1] == (1, 3, 28, 20)


@pytest.mark.parametrize(
    'tile, overlap, match',
    [
        (10, None, 'multiple of 4, but got 10'),
        (0, None, 'multiple of 4, but got 0'),
        # twice the overlap of 7: the next multiple of 4
        (12, None, 'tile_size must be at least 16, but got 12'),
        (12, 7, 'at least 16 with a tile_overlap of 7, but got 12'),
        (4, 1, 'at least 8 with a tile_overlap of 1, but got 4'),
        (8, -1, 'tile_overlap must not be negative, but got -1'),
    ])
def test_tiles_that_do_not_work(tile, overlap, match):
    with pytest.raises(ValueError, match=match):
        Halver(tile_size=tile, tile_overlap=overlap)


@pytest.mark.parametrize('tile, overlap', [(16, None), (8, 4), (4, 0)])
def test_the_smallest_tiles_are_few(tile, overlap):
    net = Halver(tile_size=tile, tile_overlap=overlap)
    net(torch.rand(1, 3, 64, 64))
    # each side moves on by half a tile or more
    assert len(net.seen) <= (2 * 64 / tile)**2


def test_input_errors():
    net = Halver()
    with pytest.raises(TypeError, match='floating point.*uint8'):
        net(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))
    for shape in ((3, 8, 8), (1, 4, 8, 8)):
        with pytest.raises(ValueError, match=r'\(N, 3, H, W\), but got'):
            net(torch.zeros(shape))


@pytest.mark.parametrize('prefix',
                         ['', 'module.', 'derainer.', 'module.derainer.'])
def test_checkpoints_of_all_wrappers(prefix, tmp_path):
    path = str(tmp_path / 'net.pth')
    state = {f'{prefix}scale': torch.full((3, 1, 1), 2.)}
    torch.save(state, path)
    assert Halver(checkpoint=path).scale.unique().item() == 2
    assert list(strip_prefixes(state)) == ['scale']


def test_checkpoint_that_is_not_there(monkeypatch):
    with pytest.raises(FileNotFoundError, match=r'nowhere\.pth.*nothing\.$'):
        Halver(checkpoint='nowhere.pth')
    monkeypatch.setattr(Halver, 'published', 'https://example.org')
    with pytest.raises(
            FileNotFoundError, match=r'nowhere\.pth.* at https://example'):
        Halver(checkpoint='nowhere.pth')


def test_checkpoint_that_does_not_fit(tmp_path):
    path = str(tmp_path / 'net.pth')
    torch.save(dict(other=torch.ones(1)), path)
    with pytest.raises(RuntimeError, match='scale'):
        Halver(checkpoint=path)
