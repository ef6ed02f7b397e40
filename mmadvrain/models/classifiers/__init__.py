"""Classifiers under attack: native images in [0, 1] to logits."""
from .image_classifier import ClassDataPreprocessor, ImageClassifier
from .networks import TimmNetwork, TorchScriptNetwork

__all__ = [
    'ClassDataPreprocessor', 'ImageClassifier', 'TimmNetwork',
    'TorchScriptNetwork'
]
