"""Rain: Eqs. (1) and (2) of the paper.

Reading order: bounds and factors (what describes rain), stencil, streaks and
streak_op (Eq. (1), factors to rain layer), compose (Eq. (2), rain over an
image), magnitude (how much rain there is), uniform_factors (random rain),
bank, sources and mixing (rain for training). Rain in units: camera, physics,
drops, drop_splat (drops to cover), light (cover to image), particles;
weather (the paper's factors in units).
"""
from .bank import RainBank, pack_rain_bank
from .bounds import RainBounds, project_theta
from .camera import CAMERAS, Camera, find_camera
from .compose import (
    compose_additive,
    compose_heavy_rain,
    compose_rain,
    compose_screen,
)
from .drop_splat import drop_cover
from .drops import Drops
from .factors import RainFactors
from .magnitude import (
    measure_rain,
    rain_area,
    rain_brightness,
    rain_chroma,
    rain_l2,
    rain_map,
)
from .mixing import affine_chain, affine_matrix, mix_layers, mix_rain_chains
from .particles import ParticleRain
from .sources import BankRain, RainSource, UniformRain
from .stencil import expand_profiles, exposure_stencil, profile_weights
from .streaks import auto_steps, render_streaks, render_window
from .uniform_factors import UniformFactors
from .weather import describe_rain, factors_from

__all__ = [
    'CAMERAS', 'BankRain', 'Camera', 'Drops', 'ParticleRain', 'drop_cover',
    'find_camera', 'RainBank', 'RainBounds', 'RainFactors', 'RainSource',
    'UniformFactors', 'UniformRain', 'affine_chain', 'affine_matrix',
    'auto_steps', 'compose_additive', 'describe_rain', 'factors_from',
    'compose_heavy_rain', 'compose_rain', 'compose_screen', 'expand_profiles',
    'exposure_stencil', 'measure_rain', 'mix_layers', 'mix_rain_chains',
    'pack_rain_bank', 'profile_weights', 'project_theta', 'rain_area',
    'rain_brightness', 'rain_chroma', 'rain_l2', 'rain_map', 'render_streaks',
    'render_window'
]
