"""Pure maths: tensors in, tensors out; no registry, config or state."""
from .bounds import project_mean, project_rms, project_theta
from .compose import (compose_additive, compose_heavy_rain, compose_rain,
                      compose_screen)
from .gradient import (normalise_l2, normalise_max_abs, normalise_mean_abs,
                       smooth_gradient)
from .kernels import expand_profiles, profile_weights
from .rain_magnitude import (measure_rain, rain_area, rain_brightness,
                             rain_chroma, rain_l2, rain_map)
from .rain_mixing import (affine_chain, affine_matrix, mix_layers,
                          mix_rain_chains)
from .streak_window import render_window
from .streaks import auto_steps, exposure_stencil, render_streaks

__all__ = [
    'affine_chain', 'affine_matrix', 'auto_steps', 'compose_additive',
    'compose_heavy_rain', 'compose_rain', 'compose_screen', 'expand_profiles',
    'exposure_stencil', 'measure_rain', 'mix_layers', 'mix_rain_chains',
    'normalise_l2', 'normalise_max_abs', 'normalise_mean_abs',
    'profile_weights', 'project_mean', 'project_rms', 'project_theta',
    'rain_area', 'rain_brightness', 'rain_chroma', 'rain_l2', 'rain_map',
    'render_streaks', 'render_window', 'smooth_gradient'
]
