"""Pure maths: tensors in, tensors out; no registry, config or state."""
from .gradient import (
    normalise_l2,
    normalise_max_abs,
    normalise_mean_abs,
    smooth_gradient,
)
from .projections import project_mean, project_rms

__all__ = [
    'normalise_l2', 'normalise_max_abs', 'normalise_mean_abs', 'project_mean',
    'project_rms', 'smooth_gradient'
]
