"""Three lines in a notebook."""
from .compare_training import compare_training, train_and_score
from .derain import derain_images, init_derainer
from .derain_files import derain_image_files, derain_video_file
from .run_attack import prepare_config, run_attack

__all__ = [
    'compare_training', 'derain_image_files', 'derain_images',
    'derain_video_file', 'init_derainer', 'prepare_config', 'run_attack',
    'train_and_score'
]
