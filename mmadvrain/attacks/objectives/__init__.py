"""What an attack minimises: one value an image, from one forward pass."""
from .class_margin_objective import ClassMarginObjective
from .cross_entropy_objective import CrossEntropyObjective
from .dag_objective import DAGObjective
from .detector_loss_objective import DetectorLossObjective
from .margin_objective import MarginObjective
from .rap_objective import RAPObjective
from .restoration_objective import RestorationObjective

__all__ = [
    'ClassMarginObjective', 'CrossEntropyObjective', 'DAGObjective',
    'DetectorLossObjective', 'MarginObjective', 'RAPObjective',
    'RestorationObjective'
]
