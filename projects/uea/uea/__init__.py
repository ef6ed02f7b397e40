"""Unified and Efficient Adversary (UEA): noise of a trained generator."""
from .attention_feature_objective import AttentionFeatureObjective
from .gan_losses import discriminator_loss, generator_loss
from .generator_perturbation import GeneratorPerturbation
from .multi_optim_wrapper_constructor import MultiOptimWrapperConstructor
from .native_dataset import NativeDataset
from .patch_discriminator import PatchDiscriminator
from .rpn_attention import RPNAttention, proposal_attention
from .uea_generator import UEAGenerator
from .uea_model import UEAModel

__all__ = [
    'AttentionFeatureObjective', 'GeneratorPerturbation',
    'MultiOptimWrapperConstructor', 'NativeDataset', 'PatchDiscriminator',
    'RPNAttention', 'UEAGenerator', 'UEAModel', 'discriminator_loss',
    'generator_loss', 'proposal_attention'
]
