import pytest
import torch
import torch.nn.functional as F

from mmadvrain.models.derainers.tiling import (
    map_tiles,
    pad_to_multiple,
    tile_starts,
    tile_weights,
)


def blur(image):
    """Average over 5x5 pixels, zeros outside: reaches 2 pixels."""
    return F.avg_pool2d(image, 5, 1, 2, count_include_pad=True)


def test_pad_to_multiple_repeats_the_last_row_and_column():
    image = torch.arange(6.).view(1, 1, 2, 3)
    padded = pad_to_multiple(image, 4)
    assert padded[0, 0].tolist() == [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5],
                                     [3, 4, 5, 5]]
    assert pad_to_multiple(image, 1) is image


def test_pad_to_multiple_of_more_than_the_image():
    assert pad_to_multiple(torch.rand(1, 3, 1, 1), 16).shape[-2:] == (16, 16)


@pytest.mark.parametrize('length, tile, stride, starts', [
    (10, 4, 3, [0, 3, 6]),
    (11, 4, 3, [0, 3, 6, 7]),
    (4, 4, 3, [0]),
])
def test_tile_starts(length, tile, stride, starts):
    assert tile_starts(length, tile, stride) == starts


def test_tile_weights_by_hand():
    # 4 shared pixels, the outermost of which is not used: 1/3, 2/3 remain
    middle = tile_weights(length=20, tile=9, start=5, overlap=4, trim=1)
    expected = torch.tensor([0, 1, 2, 3, 3, 3, 2, 1, 0]) / 3
    torch.testing.assert_close(middle, expected)
    first = tile_weights(length=20, tile=9, start=0, overlap=4, trim=1)
    torch.testing.assert_close(first,
                               torch.tensor([3, 3, 3, 3, 3, 3, 2, 1, 0]) / 3)
    torch.testing.assert_close(first[5:] + middle[:4], torch.ones(4))


@pytest.mark.parametrize('size', [(23, 31), (8, 31), (7, 5)])
@pytest.mark.parametrize('overlap', [5, 6, 7])
def test_map_tiles_equals_the_whole(size, overlap):
    image = torch.rand(2, 3, *size, dtype=torch.double)
    tiled = map_tiles(blur, image, 8, overlap, radius=2, divisor=1)
    torch.testing.assert_close(tiled, blur(image))


def test_map_tiles_with_little_overlap_differs_near_seams_only():
    image = torch.rand(1, 3, 8, 30, dtype=torch.double)
    error = (map_tiles(blur, image, 8, 2, 2, 1) - blur(image)).abs()
    columns = error.amax((0, 1, 2)) > 1e-9
    assert columns.any()
    # tiles start at 0, 6, 12, 18 and 22; a border spoils 2 pixels each side
    for column in torch.nonzero(columns).flatten().tolist():
        assert min(abs(column + .5 - seam) for seam in (7, 13, 19, 25)) <= 4
    assert not columns[:4].any() and not columns[28:].any()


def test_map_tiles_starts_at_multiples_of_the_divisor():
    seen = []

    def remember(tile):
        seen.append(int(tile[0, 0, 0, 0]))
        return tile

    image = torch.arange(40.).expand(1, 1, 8, 40)
    out = map_tiles(remember, image, 16, 5, 2, divisor=8)
    assert seen == [0, 8, 16, 24]
    torch.testing.assert_close(out, image)


def test_map_tiles_passes_gradient():
    image = torch.rand(1, 1, 6, 9, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: map_tiles(blur, x, 6, 5, 2, 1),
                                    image)
