"""A derainer in front of any detector, by config."""
import copy
from typing import Dict

from mmengine.config import ConfigDict
from mmengine.model import BaseModel

from mmadvrain.registry import MODELS


@MODELS.register_module(name='DefendedDetector')
def build_defended_detector(detector: Dict,
                            derainer: Dict,
                            frozen: bool = True) -> BaseModel:
    """Build a detector that derains what it sees.

    Only its data preprocessor is another one,
    :class:`DerainingPreprocessor`, so it is of its own class still, loads its
    own checkpoint, and whatever trains, tests or attacks a detector takes it.
    An attack on it goes through derainer and detector together. The configs
    in ``configs/defend`` set that preprocessor themselves, which leaves
    ``model.backbone`` and the like where other tools look for them.

    Args:
        detector (dict): Config of any MMDetection detector.
        derainer (dict): Config of a derainer; its ``checkpoint`` names its
            weights.
        frozen (bool): Keep the derainer as it is when the detector is
            trained. Defaults to True.

    Returns:
        BaseModel: The detector.

    Raises:
        ValueError: If the detector has no config of a data preprocessor.
    """
    # detectors read their config by attributes
    detector = ConfigDict(copy.deepcopy(detector))
    base = detector.get('data_preprocessor')
    if not isinstance(base, dict):
        raise ValueError('a defended detector wants the config of its '
                         f'`data_preprocessor`, but got {base!r}')
    detector['data_preprocessor'] = dict(
        type='mmadvrain.DerainingPreprocessor',
        base=base,
        derainer=copy.deepcopy(derainer),
        frozen=frozen)
    return MODELS.build(detector)
