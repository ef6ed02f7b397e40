"""Three lines in a notebook."""
from .apply_rain import apply_rain
from .attack import prepare_config, run_attack
from .attack_video import attack_video_file
from .derain import derain_images, init_derainer
from .derain_files import DerainedFiles, derain_image_files
from .derain_video import derain_video_file
from .inferencer import AdvRainInferencer
from .load_plan import load_plan
from .rain_video import rain_video_file
from .rainy_image import RainyImage
from .study import run_study

__all__ = [
    'AdvRainInferencer', 'DerainedFiles', 'RainyImage', 'apply_rain',
    'attack_video_file', 'derain_image_files', 'derain_images',
    'derain_video_file', 'init_derainer', 'load_plan', 'prepare_config',
    'rain_video_file', 'run_attack', 'run_study'
]
