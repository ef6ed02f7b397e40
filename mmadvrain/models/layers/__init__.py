"""Building blocks of the networks."""
from .depthwise_separable import DepthwiseSeparable, conv_norm_relu6

__all__ = ['DepthwiseSeparable', 'conv_norm_relu6']
