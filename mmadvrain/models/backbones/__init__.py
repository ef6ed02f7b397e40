"""Backbones that MMDetection lacks, with the layers that run on each region."""
from .mobilenet_v1 import MobileNetV1, MobileNetV1Layer
from .vgg import VGG, VGGFCLayer

__all__ = ['MobileNetV1', 'MobileNetV1Layer', 'VGG', 'VGGFCLayer']
