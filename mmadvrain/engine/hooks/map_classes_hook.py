"""Start a detector of some classes from weights of others."""
from collections.abc import Mapping

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from mmadvrain.registry import HOOKS

_HEAD = 'roi_head.bbox_head'
# rows of a class in each layer of the head
_ROWS = {'fc_cls': 1, 'fc_reg': 4}


@HOOKS.register_module()
class MapClassesHook(Hook):
    """Take the classes of a checkpoint that a box head needs, by name.

    For training from ``load_from``: rows of the two last layers of a
    two-stage detector's box head become those of the classes wanted;
    background stays background, last. Classes without a partner keep the
    values that the model was made with. A checkpoint that already has the
    model's shapes, as on resuming and in tests, stays as it is.

    Args:
        classes: For each class of the model, in the order of its labels, the
            name of the class in the checkpoint, or None for a new one.

    Raises:
        ValueError: If no class is given.
    """

    def __init__(self, classes: Mapping[str, str | None]) -> None:
        if not classes:
            raise ValueError('`classes` must name those of the model, but is '
                             'empty')
        self.classes = dict(classes)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Choose rows before the weights are given to the model.

        Args:
            runner: With the model.
            checkpoint: Its ``state_dict`` is changed.

        Raises:
            ValueError: If the checkpoint names no classes or not all that are
                asked for, or the model has another number of classes.
        """
        own = runner.model.state_dict()
        state = checkpoint['state_dict']
        names = [
            f'{_HEAD}.{layer}.{kind}' for layer in _ROWS
            for kind in ('weight', 'bias')
        ]
        if all(state[n].shape == own[n].shape for n in names):
            return
        if len(own[names[0]]) != len(self.classes) + 1:
            raise ValueError(
                f'`classes` must name the {len(own[names[0]]) - 1} classes of '
                f'the model, but got {list(self.classes)}')
        there = self._classes_of(checkpoint)
        for name in names:
            rows = _ROWS[name.split('.')[-2]]
            state[name] = self._chosen(own[name], state[name], there, rows)

    def _classes_of(self, checkpoint: dict) -> list[str]:
        """Classes that a checkpoint names, all that are asked for included."""
        meta = checkpoint.get('meta') or {}
        there = list((meta.get('dataset_meta') or {}).get('classes')
                     or meta.get('CLASSES') or ())
        lacking = sorted({name
                          for name in self.classes.values() if name} -
                         set(there))
        if lacking:
            raise ValueError(f'wanted the classes {lacking} in the checkpoint'
                             f', but it names {there or "none"}')
        return there

    def _chosen(self, own: Tensor, theirs: Tensor, there: list[str],
                rows: int) -> Tensor:
        """Rows of one tensor; what is beyond the classes is background."""
        chosen = own.detach().clone().to(theirs)
        for label, name in enumerate(self.classes.values()):
            if name:
                start = there.index(name) * rows
                chosen[label * rows:(label + 1) * rows] = \
                    theirs[start:start + rows]
        rest = len(theirs) - len(there) * rows
        if rest:
            chosen[-rest:] = theirs[-rest:]
        return chosen
