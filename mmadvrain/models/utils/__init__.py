"""Helpers shared by the networks."""
from .check_out_indices import check_out_indices
from .freeze import eval_norms, freeze, norm_layers
from .published_keys import (adopt_published, mobilenet_v1_from_published,
                             vgg_fc_from_published,
                             vgg_features_from_published)

__all__ = [
    'adopt_published', 'check_out_indices', 'eval_norms', 'freeze',
    'mobilenet_v1_from_published', 'norm_layers', 'vgg_fc_from_published',
    'vgg_features_from_published'
]
