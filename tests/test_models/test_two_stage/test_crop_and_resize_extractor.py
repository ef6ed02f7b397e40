"""Regions of the extractor against tf.image.crop_and_resize."""
import numpy as np
import pytest
import torch
from mmdet.registry import MODELS

from mmadvrain.models.two_stage import CropAndResizeExtractor
from tests.literal_crop import literal_crop

# edges in an image of 96x128, whose map of stride 16 is 6x8
ROIS = torch.tensor([[0., 10., 20., 90., 80.], [0., 0., 0., 128., 96.],
                     [0., 100., 50., 128., 96.]])


def literal(features, max_pool):
    """As pytorch-faster-rcnn calls it: last pixels, over stride and size."""
    x1, y1, x2, y2 = ROIS[:, 1:].numpy().T
    boxes = np.stack(
        [y1 / 16 / 5, x1 / 16 / 7, (y2 - 1) / 16 / 5, (x2 - 1) / 16 / 7], 1)
    if not max_pool:
        return literal_crop(features, boxes, 7)
    crops = literal_crop(features, boxes, 14)
    return crops.reshape(*crops.shape[:2], 7, 2, 7, 2).max((3, 5))


@pytest.mark.parametrize('max_pool', [False, True])
def test_equals_the_original(max_pool):
    features = torch.randn(
        1, 3, 6, 8, generator=torch.Generator().manual_seed(0))
    extractor = MODELS.build(
        dict(
            type='mmadvrain.CropAndResizeExtractor',
            out_channels=3,
            max_pool=max_pool))
    assert extractor.num_inputs == 1
    crops = extractor((features, ), ROIS)
    assert crops.shape == (3, 3, 7, 7)
    np.testing.assert_allclose(
        crops, literal(features[0].numpy(), max_pool), atol=1e-5)
    # the last samples of the whole image lie beyond the map's last centres
    assert not crops[1, :, -1, -1].any() and crops[1, :, 0, 0].any()


def test_wrong_values():
    with pytest.raises(ValueError, match=r'one map, but got .* \[8, 16\]'):
        CropAndResizeExtractor(3, [8, 16])
    with pytest.raises(ValueError, match='2 or more, but got 1'):
        CropAndResizeExtractor(3, output_size=1)
    with pytest.raises(ValueError, match='roi_scale_factor=1.2'):
        CropAndResizeExtractor(3)((torch.rand(1, 3, 6, 8), ), ROIS, 1.2)
