"""Networks that make perturbations, and what trains them."""
from .gan_losses import discriminator_loss, generator_loss
from .patch_discriminator import PatchDiscriminator
from .uea_generator import UEAGenerator
from .uea_model import UEAModel

__all__ = [
    'PatchDiscriminator', 'UEAGenerator', 'UEAModel', 'discriminator_loss',
    'generator_loss'
]
