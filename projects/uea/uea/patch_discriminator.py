"""The discriminator of pix2pix, as UEA uses it."""

from torch import Tensor, nn

from mmadvrain.registry import MODELS


@MODELS.register_module()
class PatchDiscriminator(nn.Module):
    """Tell real from fake, patch by patch.

    Source: Isola et al., "Image-to-Image Translation with Conditional
    Adversarial Networks", CVPR 2017; UEA takes 64 channels and 3 layers.
    Differs from UEA's in: logits are returned, not their sigmoid.

    Args:
        channels: Channels of the first layer, doubled by each further one, up
            to eightfold. Defaults to 64.
        layers: Layers with stride 2. Defaults to 3.

    Raises:
        ValueError: If a number is not positive.
    """

    def __init__(self, channels: int = 64, layers: int = 3) -> None:
        super().__init__()
        if channels < 1 or layers < 1:
            raise ValueError('`channels` and `layers` must be positive, but '
                             f'got {channels} and {layers}')
        parts: list[nn.Module] = [
            nn.Conv2d(3, channels, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2)
        ]
        width = channels
        for depth in range(1, layers + 1):
            wider = channels * min(2**depth, 8)
            stride = 2 if depth < layers else 1
            parts += [
                nn.Conv2d(
                    width, wider, 4, stride=stride, padding=1, bias=False),
                nn.BatchNorm2d(wider),
                nn.LeakyReLU(0.2)
            ]
            width = wider
        parts.append(nn.Conv2d(width, 1, 4, padding=1))
        self.layers = nn.Sequential(*parts)

    def forward(self, pixels: Tensor) -> Tensor:
        """Judge images.

        Args:
            pixels: RGB in [-1, 1]. Shape (N, 3, H, W), from 24 pixels with the
                defaults.

        Returns:
            Logits of being real. Shape (N, 1, h, w).
        """
        return self.layers(pixels)
