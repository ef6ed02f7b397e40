"""What an attack minimises: one value an image, from one forward pass."""
from .cross_entropy_objective import CrossEntropyObjective
from .dag_objective import DAGObjective
from .detector_loss_objective import DetectorLossObjective
from .rap_objective import RAPObjective

__all__ = [
    'CrossEntropyObjective', 'DAGObjective', 'DetectorLossObjective',
    'RAPObjective'
]
