"""A pair of images on its way through training and testing a derainer."""
from mmengine.structures import BaseDataElement
from torch import Tensor


class DerainDataSample(BaseDataElement):
    """A rainy image, the clean one and the derained one.

    Each may be absent. Meta information: ``img_path`` (of the rainy image),
    ``clean_path``, ``ori_shape`` and ``img_shape`` (height, width).

    Attributes:
        rainy: RGB, of 8 bit or of floating point in [0, 1]. Shape (3, H, W).
        clean: Likewise, without rain.
        derained: Likewise, what a derainer made of ``rainy``.
    """

    rainy: Tensor
    clean: Tensor
    derained: Tensor
