"""Shared heads: the layers of a classifier that run on each region."""
from .mobilenet_v1_layer import MobileNetV1Layer
from .vgg_fc_layer import VGGFCLayer

__all__ = ['MobileNetV1Layer', 'VGGFCLayer']
