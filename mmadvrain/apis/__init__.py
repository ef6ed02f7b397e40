"""Three lines in a notebook."""
from .ablate import ablate
from .attack import prepare_config, run_attack
from .derain import derain_images, init_derainer
from .derain_files import DerainedFiles, derain_image_files
from .derain_video import derain_video_file
from .match_random import match_random
from .run_transfer import run_transfer
from .score_images import score_images
from .transfer_plan import load_plan

__all__ = [
    'DerainedFiles', 'ablate', 'derain_image_files', 'derain_images',
    'derain_video_file', 'init_derainer', 'load_plan', 'match_random',
    'prepare_config', 'run_attack', 'run_transfer', 'score_images'
]
