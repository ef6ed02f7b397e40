"""A victim's networks in half precision, all around them in float32."""
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor, nn

HALF = dict(bfloat16=torch.bfloat16, float16=torch.float16)

# float16 ends at 6e-8 below and 65504 above: gradients of mean losses are
# small, so they are this much larger inside a network
_LOSS_SCALE = dict(bfloat16=1., float16=1024.)


class _CastContext(Protocol):
    dtype: torch.dtype
    factor: float


class _Cast(torch.autograd.Function):
    """Another type; the gradient is multiplied on its way back."""

    @staticmethod
    def forward(ctx: _CastContext, value: Tensor, dtype: torch.dtype,
                factor: float) -> Tensor:
        ctx.dtype, ctx.factor = value.dtype, factor
        return value.clone() if value.dtype == dtype else value.to(dtype)

    @staticmethod
    def backward(ctx: _CastContext, *grads:
                 Tensor) -> tuple[Tensor, None, None]:
        return (grads[0] * ctx.factor).to(ctx.dtype), None, None


def _cast(value: Tensor, dtype: torch.dtype, factor: float) -> Tensor:
    cast: Tensor = _Cast.apply(  # type: ignore[no-untyped-call]
        value, dtype, factor)
    return cast


def to_float32(value: Tensor) -> Tensor:
    """What a network in half precision holds inside, as it gives it.

    Args:
        value: Of any floating type; of another type than float16 and bfloat16
            it is returned as it is.

    Returns:
        With the gradient scale of the outputs.
    """
    for name, half in HALF.items():
        if value.dtype == half:
            return _cast(value, torch.float32, _LOSS_SCALE[name])
    return value


def check_autocast(autocast: str | None) -> str | None:
    """Return the name of a half precision, or None.

    Raises:
        ValueError: If there is no such type.
    """
    if autocast is not None and autocast not in HALF:
        raise ValueError(f'`autocast` must be None or one of {sorted(HALF)}, '
                         f'but got {autocast!r}')
    return autocast


def _networks(model: nn.Module) -> Iterator[nn.Module]:
    """Parts whose ``forward`` is convolutions and matrices in the main.

    Resize, normalisation, regions cut out of features, losses and
    suppression happen between them.
    """
    # imported here: a classifier has no use for MMDetection's networks
    from mmdet.models.roi_heads.base_roi_head import BaseRoIHead
    from mmdet.models.roi_heads.roi_extractors import BaseRoIExtractor
    for child in model.children():
        if isinstance(child, (BaseDataPreprocessor, BaseRoIExtractor)):
            continue
        if isinstance(child, (BaseRoIHead, nn.ModuleList)):
            yield from _networks(child)
        else:
            yield child


def _each(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """Change the floating tensors of nested containers."""
    if isinstance(value, Tensor):
        return change(value) if value.is_floating_point() else value
    if isinstance(value, dict):
        return type(value)((k, _each(v, change)) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        parts = [_each(part, change) for part in value]
        return type(value)(*parts) if hasattr(value, '_fields') else \
            type(value)(parts)
    return value


@contextmanager
def half_precision(model: nn.Module, autocast: str | None) -> Iterator[None]:
    """Let the networks of a model compute in half precision inside.

    Each is run by ``torch.autocast`` and gives float32, so that operators
    without half precision, such as MMCV's on a CPU, get what they know.
    Weights, images, losses and the gradients that leave a network are
    float32. In float16 gradients are larger by 1024 inside a network, so that
    they do not vanish.

    Args:
        model: The victim's model.
        autocast: ``'bfloat16'`` or ``'float16'``. None changes nothing.

    Raises:
        ValueError: Inside, if a network has an operator that cannot do this
            on this device.
    """
    if autocast is None:
        yield
        return
    with ExitStack() as stack:
        for network in _networks(model):
            before = network.__dict__.get('forward')
            network.__dict__['forward'] = _wrapped(network, autocast)
            stack.callback(_restore, network, before)
        yield


def _restore(network: nn.Module, before: Callable | None) -> None:
    del network.__dict__['forward']
    if before is not None:
        network.__dict__['forward'] = before


def _wrapped(network: nn.Module, autocast: str) -> Callable:
    forward, scale = network.forward, _LOSS_SCALE[autocast]

    def enter(value: Tensor) -> Tensor:
        return value if scale == 1 else _cast(value, value.dtype, 1 / scale)

    def leave(value: Tensor) -> Tensor:
        return value.float() if scale == 1 else _cast(value, torch.float32,
                                                      scale)

    def run(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = _each((args, kwargs), enter)
        weight = next(network.parameters(), torch.empty(0))
        try:
            with torch.autocast(weight.device.type, HALF[autocast]):
                outputs = forward(*args, **kwargs)
        except RuntimeError as error:
            if 'not implemented for' not in str(error):
                raise
            raise ValueError(
                f'{type(network).__name__} cannot run in {autocast} on this '
                f'{weight.device.type}: leave out `autocast` of the victim '
                f'({error})') from error
        return _each(outputs, leave)

    return run
