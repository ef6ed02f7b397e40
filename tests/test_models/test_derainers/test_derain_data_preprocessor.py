import pytest
import torch

from mmadvrain.models.derainers.derain_model import DerainDataPreprocessor
from mmadvrain.structures.derain_data_sample import DerainDataSample


def make(size, dtype=torch.uint8):
    image = torch.randint(0, 256, (3, *size), dtype=torch.uint8)
    sample = DerainDataSample(metainfo=dict(img_path='a.png'))
    sample.clean = image.flip(0)
    return image.to(dtype) / 255 if dtype != torch.uint8 else image, sample


def test_scales_8_bit_and_keeps_floating_point():
    (first, a), (second, b) = make((4, 5)), make((4, 5), torch.float32)
    data = dict(inputs=[first, second], data_samples=[a, b])
    out = DerainDataPreprocessor()(data, training=True)
    torch.testing.assert_close(out['inputs'],
                               torch.stack((first / 255., second)))
    torch.testing.assert_close(out['data_samples'][0].clean, a.clean / 255.)
    assert out['data_samples'][0].img_path == 'a.png'
    # the caller's own are as they were
    assert a.clean.dtype == torch.uint8 and data['inputs'][0] is first


def test_sizes_that_differ():
    (first, a), (second, b) = make((4, 5)), make((5, 4))
    data = dict(inputs=[first, second], data_samples=[a, b])
    out = DerainDataPreprocessor()(data)
    assert [tuple(x.shape) for x in out['inputs']] == [(3, 4, 5), (3, 5, 4)]
    with pytest.raises(ValueError, match=r'one size.*\(4, 5\), \(5, 4\)'):
        DerainDataPreprocessor()(data, training=True)


def test_without_samples_and_wrong_type():
    image, _ = make((2, 2))
    out = DerainDataPreprocessor()(dict(inputs=[image]))
    assert out['data_samples'] is None and out['inputs'].shape == (1, 3, 2, 2)
    with pytest.raises(TypeError, match='uint8, or of floating.*int64'):
        DerainDataPreprocessor()(dict(inputs=[image.long()]))
