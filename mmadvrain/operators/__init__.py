"""NMS and RoIAlign for an MMCV without compiled operators.

MMCV's pure Python part is installed in seconds where its operators take
minutes to compile. MMDetection's usual detectors want two of them. Where the
compiled module is missing, :func:`fill_in` puts one in its place that has
these two and refuses any other by its name.
"""
import sys
import warnings
from collections.abc import Callable
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

_NAME = 'mmcv._ext'


def fill_in() -> bool:
    """Put NMS and RoIAlign in place of a missing compiled module.

    Does not import MMCV. A warning says so when MMCV asks for the module.

    Returns:
        Whether they were missing.
    """
    if _NAME in sys.modules:
        return isinstance(sys.modules[_NAME], StandIn)
    spec = find_spec('mmcv')
    if spec is None or spec.origin is None or PathFinder.find_spec(
            _NAME, [str(Path(spec.origin).parent)]) is not None:
        return False
    sys.modules[_NAME] = StandIn()
    return True


class StandIn(ModuleType):
    """Module in place of ``mmcv._ext``.

    Attributes are loaded when MMCV asks for them.
    """

    def __init__(self) -> None:
        super().__init__(_NAME, self.__doc__)
        self.__spec__ = ModuleSpec(_NAME, None)  # MMEngine asks for it
        self._announced = False

    def __getattr__(self, name: str) -> Callable:
        if name.startswith('__'):
            raise AttributeError(name)
        if not self._announced:
            self._announced = True
            warnings.warn(
                'mmcv has no compiled operators: NMS and RoIAlign come from '
                'torchvision or plain torch, other operators are refused '
                '(`make setup OPS=all` compiles them)',
                stacklevel=2)
        from . import nms, roi_align
        known: dict[str, Callable] = dict(
            nms=nms.nms,
            roi_align_forward=roi_align.roi_align_forward,
            roi_align_backward=roi_align.roi_align_backward)
        return known.get(name) or _refusal(name)


def _refusal(name: str) -> Callable:

    def refuse(*args: object, **kwargs: object) -> None:
        raise NotImplementedError(
            f'this model wants the operator {name!r} of mmcv, which is '
            'installed without compiled operators: compile it (`make setup '
            'OPS=all`), or choose a model that needs NMS and RoIAlign alone')

    return refuse
