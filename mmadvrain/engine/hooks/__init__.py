"""What can be added to a run by ``custom_hooks`` alone."""
from .adversarial_derain_hook import AdversarialDerainHook
from .adversarial_rain_hook import AdversarialRainHook
from .attack_check_hook import AttackCheckHook
from .attack_score_hook import AttackScoreHook
from .dump_rain_hook import DumpRainHook
from .map_classes_hook import MapClassesHook
from .rain_epoch_hook import RainEpochHook
from .rain_injection_hook import RainInjectionHook
from .rain_visualization_hook import RainVisualizationHook

__all__ = [
    'AdversarialDerainHook', 'AdversarialRainHook', 'AttackCheckHook',
    'AttackScoreHook', 'DumpRainHook', 'MapClassesHook', 'RainEpochHook',
    'RainInjectionHook', 'RainVisualizationHook'
]
