"""Classifiers under attack: native images in [0, 1] to logits."""
from .class_data_preprocessor import ClassDataPreprocessor
from .image_classifier import ImageClassifier
from .mmpretrain_network import MMPretrainNetwork
from .timm_network import TimmNetwork
from .torchscript_network import TorchScriptNetwork

__all__ = [
    'ClassDataPreprocessor', 'ImageClassifier', 'MMPretrainNetwork',
    'TimmNetwork', 'TorchScriptNetwork'
]
