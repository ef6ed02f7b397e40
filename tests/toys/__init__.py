"""Small seeded detectors and data for tests: on a CPU, in seconds."""
from .made_once import (
    MODELS,
    toy_images,
    toy_root,
    trained_detector,
    trained_weights,
    write_plan,
)
from .toy_classes import (
    ToyColourNetwork,
    toy_class_config,
    toy_classifier,
    write_toy_classes,
)
from .toy_data import TOY_CLASSES, toy_dataset, write_toy_coco
from .toy_detector import (
    build_toy_detector,
    toy_attack,
    toy_config,
    toy_faster_rcnn,
    toy_retinanet,
    train_toy_detector,
)

__all__ = [
    'MODELS', 'toy_images', 'toy_root', 'trained_detector', 'trained_weights',
    'write_plan', 'ToyColourNetwork', 'toy_class_config', 'toy_classifier',
    'write_toy_classes', 'TOY_CLASSES', 'build_toy_detector', 'toy_attack',
    'toy_config', 'toy_dataset', 'toy_faster_rcnn', 'toy_retinanet',
    'train_toy_detector', 'write_toy_coco'
]
