"""What an attack minimises: one value an image, from one forward pass."""
from .attention_feature_objective import AttentionFeatureObjective
from .class_margin_objective import ClassMarginObjective
from .cross_entropy_objective import CrossEntropyObjective
from .dag_objective import DAGObjective
from .detector_loss_objective import DetectorLossObjective
from .margin_objective import MarginObjective
from .rap_objective import RAPObjective

__all__ = [
    'AttentionFeatureObjective', 'ClassMarginObjective',
    'CrossEntropyObjective', 'DAGObjective', 'DetectorLossObjective',
    'MarginObjective', 'RAPObjective'
]
