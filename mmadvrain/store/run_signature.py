"""What decides the results of a run, so that another is told from it."""
import re
from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.utils.digest import digest_files, digest_tensors

# where weights come from says nothing, their sum does
_NO_MATTER = ('init_cfg', 'pretrained', 'batch_size', '_scope_')


def plain_settings(value: object) -> object:
    """Settings as values that JSON knows and that can be compared.

    Args:
        value: Of a config. What is neither list nor dict nor a plain value
            counts by what it says of itself, without its place in memory.

    Returns:
        The same settings.
    """
    if isinstance(value, dict):
        return {
            str(key): plain_settings(entry)
            for key, entry in value.items() if key not in _NO_MATTER
        }
    if isinstance(value, (list, tuple)):
        return [plain_settings(entry) for entry in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return re.sub(r' at 0x[0-9a-f]+', '', repr(value))


def run_signature(model: nn.Module, settings: dict, parts: Sequence[object],
                  images: NativeImages) -> dict:
    """What a run in the same folder must have in common with this one.

    Args:
        model: The victim.
        settings: By name: configs, or what was made of them.
        parts: Of the attack; networks of theirs count by their weights.
        images: The data set; its annotation file counts by its content.

    Returns:
        Values that JSON knows.
    """
    found = {name: plain_settings(part) for name, part in settings.items()}
    ann_file = str(getattr(images.dataset, 'ann_file', '') or '')
    found.update(
        annotations=digest_files([('', ann_file)]),
        images=len(images),
        pipeline=[
            plain_settings(step) for step in images.dataset.pipeline.transforms
        ],
        weights=digest_tensors(_tensors(model)))
    networks = {
        f'{type(part).__name__}.{name}': digest_tensors(_tensors(network))
        for part in parts
        for name, network in vars(part).items()
        if isinstance(network, nn.Module)
    }
    return dict(found, networks=networks) if networks else found


def _tensors(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Weights, and buffers that no checkpoint holds, such as a mean colour."""
    yield from sorted(
        dict(model.named_buffers(), **model.state_dict()).items())
