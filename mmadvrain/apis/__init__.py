"""Three lines in a notebook."""
from .derain import derain_images, init_derainer
from .derain_files import derain_image_files, derain_video_file
from .run_attack import prepare_config, run_attack
from .run_transfer import run_transfer
from .transfer_plan import load_plan

__all__ = [
    'derain_image_files', 'derain_images', 'derain_video_file',
    'init_derainer', 'load_plan', 'prepare_config', 'run_attack',
    'run_transfer'
]
