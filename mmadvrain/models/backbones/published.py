"""What the backbones share: freezing, and weights that others published."""
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from typing_extensions import Self


def check_out_indices(out_indices: Sequence[int], count: int) -> None:
    """Check which stages a backbone is asked to return.

    Args:
        out_indices: What the user gave.
        count: Number of stages there are.

    Raises:
        TypeError: If it is not a list or tuple of int.
        ValueError: If it is empty, out of range, or not rising.
    """
    is_list = isinstance(out_indices, (list, tuple))
    if not is_list or not all(isinstance(i, int) for i in out_indices):
        raise TypeError('out_indices must be a list or tuple of int, but got '
                        f'{out_indices!r}')
    rising = all(a < b for a, b in zip(out_indices, out_indices[1:]))
    inside = all(0 <= i < count for i in out_indices)
    if not (out_indices and rising and inside):
        raise ValueError(f'out_indices must be rising numbers from 0 to '
                         f'{count - 1}, at least one, but got {out_indices!r}')


def default_init() -> list:
    """Return the initialisation used where none is asked for."""
    return [
        dict(type='Kaiming', layer='Conv2d'),
        dict(type='Constant', val=1, layer='_BatchNorm')
    ]


def freeze(modules: Iterable[nn.Module]) -> None:
    """Put modules in eval mode and stop the gradient of their parameters.

    Args:
        modules: What to freeze, changed in place.
    """
    for module in modules:
        module.eval()
        for param in module.parameters():
            param.requires_grad = False


def norm_layers(module: nn.Module) -> Iterable[nn.Module]:
    """Yield the batch normalisation layers inside a module.

    Args:
        module: Any module.

    Yields:
        Each batch normalisation layer, in definition order.
    """
    return (m for m in module.modules() if isinstance(m, _BatchNorm))


def eval_norms(module: nn.Module) -> None:
    """Make the batch normalisation of a module use its running statistics.

    Args:
        module: Changed in place; the affine parameters keep their
            ``requires_grad``.
    """
    for norm in norm_layers(module):
        norm.eval()


StateDict = dict[str, Tensor]
Converter = Callable[[StateDict], StateDict | None]

# number of blocks of each stage of timm's MobileNetV1
_TIMM_STAGES = (1, 2, 2, 6, 2)


def vgg_features_from_published(state: StateDict) -> StateDict | None:
    """Take the convolutions out of a VGG classifier.

    The layout is that of torchvision, in which ``features.N`` counts
    convolutions, activations and poolings. It is shared by the weights
    converted from Caffe by J. Johnson, and by OpenMMLab's ``vgg16_caffe``,
    whose ``features.31`` and ``features.33`` belong to SSD and are left out.

    Args:
        state: State dict of a classifier.

    Returns:
        ``features.N.*`` entries, or None where the state dict has neither a
        classifier nor the layers of SSD.
    """
    if not any(
            k.startswith('classifier.') or v.shape[:1] == (1024, )
            for k, v in state.items()):
        return None
    return {k: v for k, v in state.items() if k.startswith('features.')}


def vgg_fc_from_published(state: StateDict) -> StateDict | None:
    """Take fc6 and fc7 out of a VGG classifier.

    They are ``classifier.0`` and ``classifier.3`` in torchvision, and
    ``classifier.1`` and ``classifier.4`` in the oldest weights of J. Johnson,
    where the dropout comes first.

    Args:
        state: State dict of a classifier.

    Returns:
        ``fc6.*`` and ``fc7.*`` entries (none, where the file has only
        convolutions), or None for another layout.
    """
    if not any(k.startswith(('classifier.', 'features.')) for k in state):
        return None
    first = 1 if 'classifier.1.weight' in state else 0
    names = {f'classifier.{first}': 'fc6', f'classifier.{first + 3}': 'fc7'}
    return _renamed(state, names)


def mobilenet_v1_from_published(state: StateDict) -> StateDict | None:
    """Take the layers out of a MobileNetV1 classifier.

    Two layouts are known: that of ``transformers`` (``google/mobilenet_v1_*``,
    the original TF-slim weights) and that of ``timm`` (``mobilenetv1_*``).

    Args:
        state: State dict of a classifier.

    Returns:
        ``conv0.*`` and ``block1.*`` to ``block13.*`` entries, or None for
        another layout.
    """
    if 'mobilenet_v1.conv_stem.convolution.weight' in state:
        names = _transformers_names()
    elif 'blocks.0.0.conv_dw.weight' in state:
        names = _timm_names()
    else:
        return None
    return _renamed(state, names)


def _renamed(state: StateDict, names: dict[str, str]) -> StateDict:
    """Keep the entries of the named modules, under their new names."""
    out = {}
    for key, value in state.items():
        module, _, kind = key.rpartition('.')
        if module in names:
            out[f'{names[module]}.{kind}'] = value
    return out


def _transformers_names() -> dict[str, str]:
    """Return the module names of transformers' MobileNetV1, and ours."""
    modules = {'conv_stem': 'conv0'}
    for i in range(13):
        modules[f'layer.{2 * i}'] = f'block{i + 1}.depthwise'
        modules[f'layer.{2 * i + 1}'] = f'block{i + 1}.pointwise'
    names = {}
    for old, new in modules.items():
        names[f'mobilenet_v1.{old}.convolution'] = f'{new}.conv'
        names[f'mobilenet_v1.{old}.normalization'] = f'{new}.norm'
    return names


def _timm_names() -> dict[str, str]:
    """Return the module names of timm's MobileNetV1, and ours."""
    names = {'conv_stem': 'conv0.conv', 'bn1': 'conv0.norm'}
    number = 0
    for stage, blocks in enumerate(_TIMM_STAGES):
        for block in range(blocks):
            number += 1
            old, new = f'blocks.{stage}.{block}', f'block{number}'
            names.update({
                f'{old}.conv_dw': f'{new}.depthwise.conv',
                f'{old}.bn1': f'{new}.depthwise.norm',
                f'{old}.conv_pw': f'{new}.pointwise.conv',
                f'{old}.bn2': f'{new}.pointwise.norm',
            })
    return names


def adopt_published(module: nn.Module, state_dict: StateDict, prefix: str,
                    convert: Converter) -> None:
    """Replace published entries of a state dict by the module's own.

    To be called at the start of ``_load_from_state_dict``. Frameworks load
    ImageNet weights with ``strict=False`` and only log what does not fit;
    here a published file that cannot fill the module, or a file that has
    nothing of it, is an error instead.

    Args:
        module: The module about to be loaded.
        state_dict: Changed in place.
        prefix: Prefix of the module's entries in ``state_dict``.
        convert: One of the functions above.

    Raises:
        ValueError: If the published file lacks a weight of the module or has
            it in another shape, or if a file in another layout has none.
    """
    given = {
        k[len(prefix):]: v
        for k, v in state_dict.items() if k.startswith(prefix)
    }
    name = type(module).__name__
    wanted = {
        k: v
        for k, v in module.state_dict().items()
        if not k.endswith('num_batches_tracked')
    }
    converted = convert(given)
    if converted is None and (not given or set(given) & set(wanted)):
        return
    converted = converted or {}
    missing = [k for k in wanted if k not in converted]
    if missing:
        raise ValueError(
            f'{name} wants {len(wanted)} weights, but the checkpoint lacks '
            f'{len(missing)} of them, {missing[0]!r} first; it has '
            f'{len(given)} entries, {sorted(given)[0]!r} first')
    for key, own in wanted.items():
        if own.shape != converted[key].shape:
            raise ValueError(
                f'{name} wants {key!r} of shape {tuple(own.shape)}, but the '
                f'checkpoint has shape {tuple(converted[key].shape)}')
    for key in given:
        del state_dict[prefix + key]
    for key in module.state_dict():
        if key in converted:
            state_dict[prefix + key] = converted[key]


class PublishedModule(BaseModule):
    """Module that keeps what is frozen frozen and takes published weights.

    Attributes:
        norm_eval: Whether batch normalisation uses its running statistics in
            training, too.
    """
    norm_eval = False

    @staticmethod
    @abstractmethod
    def from_published(state: StateDict, /) -> StateDict | None:
        """Convert entries of a published file into the module's own.

        Args:
            state: Entries below the module's prefix.

        Returns:
            None where the file is in no published layout.
        """

    def freeze_parts(self) -> None:
        """Freeze what the arguments say; nothing by default."""

    def train(self, mode: bool = True) -> Self:
        """Set the mode, keeping what is frozen in eval.

        Args:
            mode: Whether to train. Defaults to True.

        Returns:
            Self.
        """
        super().train(mode)
        self.freeze_parts()
        if self.norm_eval:
            eval_norms(self)
        return self

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args: Any,
                              **kwargs: Any) -> None:
        """Load what a published classifier has under names of its own."""
        adopt_published(self, state_dict, prefix, self.from_published)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
