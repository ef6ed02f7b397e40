"""Procedural street scenes: a demonstration that needs no data.

The pictures stand in for nobody's benchmark. Reading order of the modules:
camera, daylight, texture, solids, layer (how anything is painted); vehicles,
people, scenery, buildings, backdrop (what is painted); layout, ordering,
shadows, scene (where it stands and how a picture comes about); annotations,
writer (what ends up in a folder).
"""

from .layout import CATEGORIES, SIZE_HW, Plan, draw_plan
from .scene import Scene, SceneObject, render_plan, render_scene
from .street_scenes_dataset import StreetScenesDataset
from .writer import GENERATOR_VERSION, write_street_scenes

__all__ = [
    'CATEGORIES', 'GENERATOR_VERSION', 'Plan', 'SIZE_HW', 'Scene',
    'SceneObject', 'StreetScenesDataset', 'draw_plan', 'render_plan',
    'render_scene', 'write_street_scenes'
]
