"""What all deraining networks share: sizes, tiles, checkpoints."""
from abc import ABCMeta, abstractmethod
from collections import OrderedDict
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mmadvrain.utils.checkpoint import load_weights

from .tiling import map_tiles, pad_to_multiple

GLOBAL_OVERLAP = 32
"""Pixels that tiles share by default where no overlap makes them exact."""


class BaseDerainer(nn.Module, metaclass=ABCMeta):
    """A network that takes rain out of images of any size.

    A subclass defines :meth:`derain` for sizes that are multiples of
    :attr:`size_divisor`, and :attr:`radius`; its constructor ends with
    :meth:`_finish`. :meth:`forward` pads, cuts into tiles where asked, and
    crops. Gradient reaches the input.

    Args:
        checkpoint: Path or URL of weights to start from, see
            :meth:`load_published`. Defaults to None.
        tile_size: Height and width in pixels of the tiles in which larger
            images are derained, a multiple of :attr:`size_divisor`. None
            derains images as a whole. A gradient computes each tile anew
            instead of keeping what is inside. Defaults to None.
        tile_overlap: Pixels that neighbouring tiles share at least, half of
            ``tile_size`` at most. None takes ``2 * radius + 1``, at which
            tiles change nothing but rounding; 32 without a radius. Defaults to
            None.
        clamp: Whether the output is clamped to [0, 1], where no gradient
            passes. Defaults to False.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If tiles are smaller than twice their overlap, of which
            there would be very many, or no multiple of :attr:`size_divisor`.
    """

    #: Height and width that :meth:`derain` takes are multiples of it.
    size_divisor: int = 1

    #: Where the network's authors publish weights, if they do.
    published: str = ''

    def __init__(self,
                 checkpoint: str | None = None,
                 tile_size: int | None = None,
                 tile_overlap: int | None = None,
                 clamp: bool = False) -> None:
        super().__init__()
        self.checkpoint = checkpoint
        self.clamp = clamp
        self._tiles = (tile_size, tile_overlap)

    def _finish(self) -> None:
        """Check the tiles and load the weights, once there are layers."""
        self.set_tiles(*self._tiles)
        if self.checkpoint is not None:
            try:
                weights = load_weights(self.checkpoint)
            except FileNotFoundError as error:
                if not self.published:
                    raise
                raise FileNotFoundError(
                    f"{error} The authors' weights are at {self.published}"
                ) from error
            self.load_published(weights)

    @property
    @abstractmethod
    def radius(self) -> int | None:
        """How far away, in pixels, an input pixel can change an output.

        None where sums over the image let each pixel reach every other, so
        that tiles are an approximation.
        """

    @abstractmethod
    def derain(self, rainy: Tensor) -> Tensor:
        """Derain images whose sizes are multiples of :attr:`size_divisor`.

        Args:
            rainy: RGB in [0, 1]. Shape (N, 3, H, W).

        Returns:
            RGB, not clamped. Shape (N, 3, H, W).
        """

    def set_tiles(self,
                  tile_size: int | None,
                  tile_overlap: int | None = None) -> None:
        """Choose the tiles of the next images.

        Args:
            tile_size: As in the constructor.
            tile_overlap: As in the constructor. Defaults to None.

        Raises:
            ValueError: As in the constructor.
        """
        overlap = tile_overlap
        if overlap is None:
            overlap = (
                GLOBAL_OVERLAP if self.radius is None else 2 * self.radius + 1)
        if overlap < 0:
            raise ValueError('tile_overlap must not be negative, but got '
                             f'{overlap}')
        if tile_size is not None:
            if tile_size <= 0 or tile_size % self.size_divisor:
                raise ValueError('tile_size must be a positive multiple of '
                                 f'{self.size_divisor}, but got {tile_size}')
            least = self._least_tile(overlap)
            if tile_size < least:
                given = ('' if tile_overlap is None else
                         f' with a tile_overlap of {overlap}')
                raise ValueError(f'tile_size must be at least {least}{given}, '
                                 f'but got {tile_size}')
        self.tile_size = tile_size
        self.tile_overlap = overlap

    def _least_tile(self, overlap: int) -> int:
        """Size at which a tile is new for at least half of its side."""
        least = max(2 * overlap, overlap + self.size_divisor)
        return -(-least // self.size_divisor) * self.size_divisor

    def load_published(self, state: dict[str, Tensor]) -> None:
        """Load weights as the network's authors, or this package, store them.

        Args:
            state: A state dict of this network, of the same in a
                ``DataParallel``, or of a :class:`DerainModel`.

        Raises:
            RuntimeError: If an entry is missing, left over, or of another
                shape.
        """
        self.load_state_dict(strip_prefixes(state))

    def forward(self, rainy: Tensor) -> Tensor:
        """Derain images of any size.

        Args:
            rainy: RGB in [0, 1]. Shape (N, 3, H, W).

        Returns:
            RGB. In [0, 1] where ``clamp`` is set. Shape (N, 3, H, W).

        Raises:
            TypeError: If the images are not of floating point.
            ValueError: If the shape differs from the above.
        """
        if not rainy.is_floating_point():
            raise TypeError('rainy must be of floating point, in [0, 1], but '
                            f'got {rainy.dtype}')
        if rainy.dim() != 4 or rainy.shape[1] != 3:
            raise ValueError('rainy must have shape (N, 3, H, W), but got '
                             f'{tuple(rainy.shape)}')
        height, width = rainy.shape[-2:]
        padded = pad_to_multiple(rainy, self.size_divisor)
        tile = self.tile_size
        if tile is None or max(padded.shape[-2:]) <= tile:
            derained = self.derain(padded)
        else:
            function = partial(checkpoint, self.derain, use_reentrant=False) \
                if torch.is_grad_enabled() else self.derain
            derained = map_tiles(function, padded, tile, self.tile_overlap,
                                 self.radius, self.size_divisor)
        derained = derained[..., :height, :width]
        return derained.clamp(0, 1) if self.clamp else derained


def strip_prefixes(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Remove what wrappers put before the names of a derainer's weights.

    Args:
        state: State dict of a derainer, of a ``DataParallel`` of it
            (``module.``), of a :class:`DerainModel` (``derainer.``), or of
            both.

    Returns:
        The derainer's own.
    """
    for prefix in ('module.', 'derainer.'):
        if any(key.startswith(prefix) for key in state):
            state = {
                key[len(prefix):]: value
                for key, value in state.items() if key.startswith(prefix)
            }
    return state


def keep_own_weights(derainer: nn.Module, state: dict[str, Tensor],
                     prefix: str) -> None:
    """Let a derainer keep its weights where those of its victim are loaded.

    That holds for a derainer that came with a checkpoint; any other is
    reported as missing.

    Args:
        derainer: Part of the model that is loaded.
        state: What is loaded; gets the derainer's weights if it has none.
        prefix: What their names begin with in it.
    """
    if getattr(derainer, 'checkpoint', None) is not None and \
            not any(key.startswith(prefix) for key in state):
        state.update({
            prefix + key: value
            for key, value in derainer.state_dict().items()
        })


def named(name: str, module: nn.Module) -> nn.Sequential:
    """Put a module under a name, which its weights then have before theirs."""
    return nn.Sequential(OrderedDict({name: module}))
