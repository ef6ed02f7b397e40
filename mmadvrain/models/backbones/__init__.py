"""Backbones that MMDetection lacks."""
from .mobilenet_v1 import MobileNetV1
from .vgg import VGG

__all__ = ['MobileNetV1', 'VGG']
