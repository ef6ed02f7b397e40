"""MPRNet: three stages, the first on quarters and the second on halves."""
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmadvrain.registry import MODELS
from mmadvrain.utils.checks import check_counts

from .base_derainer import BaseDerainer, named


@MODELS.register_module()
class MPRNet(BaseDerainer):
    """Multi-stage progressive image restoration, CVPR 2021.

    Two U-Nets derain quarters and halves of the image, and a network of full
    resolution the whole; each stage hands its features on, weighed by what it
    has derained. Weights are named as in the authors' release, so their
    ``model_deraining.pth`` loads unchanged. The loss of the paper, Charbonnier
    and edges of all stages, is left out. Differs from the release in: sizes
    that are no multiple of 8 are padded by repeating their border, there by
    reflecting it.

    Args:
        channels: Width of the first level. Defaults to 40.
        level_channels: What each level of the U-Nets is wider than the one
            above. Defaults to 20.
        full_channels: What the third stage is wider. Defaults to 16.
        blocks: Attention blocks in each of its three parts. Defaults to 8.
        reduction: What the width inside of channel attention is divided by.
            Defaults to 4.
        **kwargs: See :class:`BaseDerainer`.

    Raises:
        ValueError: If a number is not positive.
    """

    size_divisor = 8
    radius = None
    published = ('https://github.com/swz30/MPRNet, for Rain13K '
                 'model_deraining.pth')

    def __init__(self,
                 channels: int = 40,
                 level_channels: int = 20,
                 full_channels: int = 16,
                 blocks: int = 8,
                 reduction: int = 4,
                 **kwargs: Any) -> None:
        check_counts(
            channels=channels,
            level_channels=level_channels,
            full_channels=full_channels,
            blocks=blocks,
            reduction=reduction)
        super().__init__(**kwargs)
        act = nn.PReLU()  # one slope for the whole network
        widths = [channels + level * level_channels for level in range(3)]
        full = channels + full_channels

        def block(width: int) -> AttentionBlock:
            return AttentionBlock(width, reduction, act)

        for stage in (1, 2, 3):
            self.add_module(
                f'shallow_feat{stage}',
                nn.Sequential(_conv(3, channels, 3), block(channels)))
        self.stage1_encoder = Encoder(widths, block)
        self.stage1_decoder = Decoder(widths, block)
        self.stage2_encoder = Encoder(widths, block, fuse=True)
        self.stage2_decoder = Decoder(widths, block)
        self.stage3_orsnet = FullResolution(widths, full, blocks, block)
        self.sam12 = SupervisedAttention(channels)
        self.sam23 = SupervisedAttention(channels)
        self.concat12 = _conv(2 * channels, channels, 3)
        self.concat23 = _conv(2 * channels, full, 3)
        self.tail = _conv(full, 3, 3)
        self._finish()

    def derain(self, rainy: Tensor) -> Tensor:
        """Derain images, see :meth:`BaseDerainer.derain`."""
        return self.derain_stages(rainy)[-1]

    def derain_stages(self, rainy: Tensor) -> list[Tensor]:
        """Derain images and keep what each stage made.

        Args:
            rainy: RGB in [0, 1]; H and W are multiples of 8. Shape (N, 3, H,
                W).

        Returns:
            RGB, not clamped, one per stage. Shape (N, 3, H, W).
        """
        halves = split(rainy, rows=2)
        shallow = self.get_submodule('shallow_feat1')(split(halves, columns=2))
        coarse = [join(x, columns=2) for x in self.stage1_encoder(shallow)]
        decoded = self.stage1_decoder(coarse)
        features, first = self.sam12(decoded[0], halves)

        shallow = self.get_submodule('shallow_feat2')(halves)
        features = self.concat12(torch.cat((shallow, features), 1))
        fine = [
            join(x, rows=2)
            for x in self.stage2_encoder(features, coarse, decoded)
        ]
        decoded = self.stage2_decoder(fine)
        features, second = self.sam23(decoded[0], rainy)

        shallow = self.get_submodule('shallow_feat3')(rainy)
        features = self.concat23(torch.cat((shallow, features), 1))
        third = self.tail(self.stage3_orsnet(features, fine, decoded)) + rainy
        return [join(first, rows=2), second, third]


class AttentionBlock(nn.Module):
    """Two convolutions, whose result is weighed by channel attention.

    Args:
        width: Channels.
        reduction: What the width inside of the attention is divided by.
        act: Between the convolutions.
    """

    def __init__(self, width: int, reduction: int, act: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _conv(width, width, 3), act, _conv(width, width, 3))
        inner = max(width // reduction, 1)
        self.CA = nn.ModuleDict(
            dict(
                conv_du=nn.Sequential(
                    _conv(width, inner, 1), nn.ReLU(), _conv(inner, width, 1),
                    nn.Sigmoid())))

    def forward(self, features: Tensor) -> Tensor:
        """Apply the block to features of shape (N, C, H, W)."""
        inner = self.body(features)
        weights = self.CA['conv_du'](inner.mean((2, 3), keepdim=True))
        return features + inner * weights


class Encoder(nn.Module):
    """Three levels of two blocks, each of half the size.

    Args:
        widths: Channels of the levels.
        block: Channels to a block.
        fuse: Whether features of a stage before are added. Defaults to False.
    """

    def __init__(self,
                 widths: Sequence[int],
                 block: Callable[[int], nn.Module],
                 fuse: bool = False) -> None:
        super().__init__()
        for level, width in enumerate(widths, 1):
            self.add_module(f'encoder_level{level}',
                            nn.Sequential(block(width), block(width)))
            for part in ('enc', 'dec') if fuse else ():
                self.add_module(f'csff_{part}{level}', _conv(width, width, 1))
        self.down12 = _resized('down', nn.AvgPool2d(2), *widths[:2])
        self.down23 = _resized('down', nn.AvgPool2d(2), *widths[1:])

    def forward(self,
                features: Tensor,
                encoded: Sequence[Tensor] | None = None,
                decoded: Sequence[Tensor] | None = None) -> list[Tensor]:
        """Encode.

        Args:
            features: Shape (N, C, H, W).
            encoded: Of the stage before. Defaults to None.
            decoded: Of the stage before. Defaults to None.

        Returns:
            One of each level, at 1, 1/2 and 1/4 of the size.
        """
        outs: list[Tensor] = []
        for level in (1, 2, 3):
            if outs:
                features = self.get_submodule(f'down{level - 1}{level}')(
                    outs[-1])
            features = self.get_submodule(f'encoder_level{level}')(features)
            for part, before in (('enc', encoded), ('dec', decoded)):
                if before is not None:
                    fuse = self.get_submodule(f'csff_{part}{level}')
                    features = features + fuse(before[level - 1])
            outs.append(features)
        return outs


class Decoder(nn.Module):
    """The way back up, with a block on each skip.

    Args:
        widths: Channels of the levels.
        block: Channels to a block.
    """

    def __init__(self, widths: Sequence[int],
                 block: Callable[[int], nn.Module]) -> None:
        super().__init__()
        for level, width in enumerate(widths, 1):
            self.add_module(f'decoder_level{level}',
                            nn.Sequential(block(width), block(width)))
        self.skip_attn1 = block(widths[0])
        self.skip_attn2 = block(widths[1])
        self.up21 = _upsample(widths[1], widths[0])
        self.up32 = _upsample(widths[2], widths[1])

    def forward(self, encoded: Sequence[Tensor]) -> list[Tensor]:
        """Decode what :class:`Encoder` gives; return the same shapes."""
        first, second, third = encoded
        low = self.get_submodule('decoder_level3')(third)
        middle = self.up32(low) + self.skip_attn2(second)
        middle = self.get_submodule('decoder_level2')(middle)
        high = self.up21(middle) + self.skip_attn1(first)
        return [self.get_submodule('decoder_level1')(high), middle, low]


class FullResolution(nn.Module):
    """Three rows of blocks, to which features of the stage before are added.

    Args:
        widths: Channels of the stage before.
        width: Own channels.
        blocks: Blocks in a row.
        block: Channels to a block.
    """

    def __init__(self, widths: Sequence[int], width: int, blocks: int,
                 block: Callable[[int], nn.Module]) -> None:
        super().__init__()
        one, two, three = widths
        for number in (1, 2, 3):
            row = [block(width) for _ in range(blocks)]
            self.add_module(
                f'orb{number}',
                nn.ModuleDict(
                    dict(body=nn.Sequential(*row, _conv(width, width, 3)))))
            for part in ('enc', 'dec'):
                self.add_module(f'conv_{part}{number}', _conv(one, width, 1))
        for part in ('enc', 'dec'):
            self.add_module(f'up_{part}1', _upsample(two, one))
            self.add_module(
                f'up_{part}2',
                nn.Sequential(_upsample(three, two), _upsample(two, one)))

    def forward(self, features: Tensor, encoded: Sequence[Tensor],
                decoded: Sequence[Tensor]) -> Tensor:
        """Derain.

        Args:
            features: Shape (N, width, H, W).
            encoded: Of the stage before, at 1, 1/2 and 1/4 of the size.
            decoded: Of the stage before, the same.

        Returns:
            Shape (N, width, H, W).
        """
        for level in range(3):
            row = self.get_submodule(f'orb{level + 1}.body')
            features = features + row(features)
            for part, before in (('enc', encoded), ('dec', decoded)):
                large = before[level]
                if level:
                    large = self.get_submodule(f'up_{part}{level}')(large)
                features = features + self.get_submodule(
                    f'conv_{part}{level + 1}')(
                        large)
        return features


class SupervisedAttention(nn.Module):
    """Derain an image, and weigh the features by the result.

    Args:
        width: Channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = _conv(width, width, 1)
        self.conv2 = _conv(width, 3, 1)
        self.conv3 = _conv(3, width, 1)

    def forward(self, features: Tensor,
                rainy: Tensor) -> tuple[Tensor, Tensor]:
        """Return weighed features and the derained image."""
        derained = self.conv2(features) + rainy
        weights = self.conv3(derained).sigmoid()
        return features + self.conv1(features) * weights, derained


def split(image: Tensor, rows: int = 1, columns: int = 1) -> Tensor:
    """Cut images into equal parts, which become images of the batch.

    Args:
        image: Shape (N, C, H, W).
        rows: Parts from top to bottom, a divisor of H.
        columns: Parts from left to right, a divisor of W.

    Returns:
        Shape (N * rows * columns, C, H / rows, W / columns).
    """
    parts = image.unflatten(3, (columns, -1)).unflatten(2, (rows, -1))
    return parts.permute(0, 2, 4, 1, 3, 5).flatten(0, 2)


def join(parts: Tensor, rows: int = 1, columns: int = 1) -> Tensor:
    """Invert :func:`split`.

    Args:
        parts: Shape (N * rows * columns, C, h, w).
        rows: As there.
        columns: As there.

    Returns:
        Shape (N, C, h * rows, w * columns).
    """
    grid = parts.unflatten(0, (-1, rows, columns)).permute(0, 3, 1, 4, 2, 5)
    return grid.flatten(4, 5).flatten(2, 3)


def _conv(in_channels: int, out_channels: int, kernel_size: int) -> nn.Conv2d:
    """Create a convolution without bias that keeps the size."""
    return nn.Conv2d(
        in_channels,
        out_channels,
        kernel_size,
        padding=kernel_size // 2,
        bias=False)


def _resized(name: str, resize: nn.Module, in_channels: int,
             out_channels: int) -> nn.Sequential:
    """Resize, then change the width; under the authors' name."""
    return named(name,
                 nn.Sequential(resize, _conv(in_channels, out_channels, 1)))


def _upsample(in_channels: int, out_channels: int) -> nn.Sequential:
    """Double both sizes, then change the width."""
    double = nn.Upsample(scale_factor=2, mode='bilinear')
    return _resized('up', double, in_channels, out_channels)
