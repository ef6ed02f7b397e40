"""Backbones that MMDetection lacks, and the layers for each region."""
from .mobilenet_v1 import MobileNetV1, MobileNetV1Layer
from .vgg import VGG, VGGFCLayer

__all__ = ['MobileNetV1', 'MobileNetV1Layer', 'VGG', 'VGGFCLayer']
