"""UEA's generator of adversarial noise."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmadvrain.registry import MODELS


@MODELS.register_module()
class UEAGenerator(nn.Module):
    """Convolutions without strides that make noise of an image.

    Source: the released code of UEA (Wei et al., IJCAI 2019): a 3x3
    convolution to 100 channels, five 3x3 and one 1x1 between 100 channels,
    each with a leaky ReLU of slope 0.2, and a 1x1 convolution to 3 channels
    with tanh. It sees images of 300x300 pixels. Differs from it in: the noise
    is enlarged to the image's own size, so that an image keeps its
    resolution. The working size is part of the state dict: a generator works
    at the size it was trained at.

    Args:
        size_hw: Working height and width; images are stretched to it. None
            works at each image's own size. Defaults to (300, 300).
        channels: Channels of the hidden layers. Defaults to 100.
        blocks: 3x3 convolutions between hidden layers. Defaults to 5.

    Raises:
        ValueError: If a number is not positive.
    """

    def __init__(self,
                 size_hw: tuple[int, int] | None = (300, 300),
                 channels: int = 100,
                 blocks: int = 5) -> None:
        super().__init__()
        if size_hw is not None and (len(size_hw) != 2 or min(size_hw) < 1):
            raise ValueError('`size_hw` must be None or two positive numbers, '
                             f'but got {size_hw}')
        if channels < 1 or blocks < 1:
            raise ValueError('`channels` and `blocks` must be positive, but '
                             f'got {channels} and {blocks}')
        layers = [nn.Conv2d(3, channels, 3, padding=1)]
        layers += [
            nn.Conv2d(channels, channels, 3, padding=1) for _ in range(blocks)
        ]
        layers.append(nn.Conv2d(channels, channels, 1))
        self.hidden = nn.ModuleList(layers)
        self.last = nn.Conv2d(channels, 3, 1)
        self.register_buffer('size_hw', torch.tensor(size_hw or (0, 0)))

    def forward(self, pixels: Tensor) -> Tensor:
        """Noise for images.

        Args:
            pixels: RGB in [-1, 1]. Shape (N, 3, H, W).

        Returns:
            In [-1, 1], for pixels of the same range. Shape (N, 3, H, W).
        """
        for layer in self.hidden:
            pixels = F.leaky_relu(layer(pixels), 0.2, inplace=True)
        return self.last(pixels).tanh()

    def working_hw(self, image: Tensor) -> tuple[int, int]:
        """Height and width at which noise for an image is made."""
        height, width = self.size_hw.tolist()
        return (height, width) if height else tuple(image.shape[-2:])

    def working_pixels(self, image: Tensor) -> Tensor:
        """What the generator sees of an image.

        Args:
            image: RGB in [0, 1]. Shape (3, H, W).

        Returns:
            RGB in [-1, 1], without graph. Shape (1, 3, h, w).
        """
        image = image.detach()[None]
        size_hw = self.working_hw(image)
        if tuple(image.shape[-2:]) != size_hw:
            image = F.interpolate(
                image, size_hw, mode='bilinear', antialias=True)
        return 2 * image.clamp(0, 1) - 1

    @staticmethod
    def native_noise(noise: Tensor, size_hw: tuple[int, ...]) -> Tensor:
        """Noise at the size and in the range of an image.

        Args:
            noise: For pixels in [-1, 1]. Shape (1, 3, h, w).
            size_hw: Height and width of the image.

        Returns:
            For pixels in [0, 1]. Shape (3, H, W).
        """
        if tuple(noise.shape[-2:]) != tuple(size_hw):
            noise = F.interpolate(
                noise, size_hw, mode='bilinear', align_corners=False)
        return noise[0] / 2
