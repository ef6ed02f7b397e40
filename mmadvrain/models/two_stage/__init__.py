"""What Faster R-CNN of tf-faster-rcnn has and MMDetection's has not."""
from .crop_and_resize_extractor import CropAndResizeExtractor
from .inclusive_bbox_coder import InclusiveBBoxCoder
from .native_bbox_head import NativeBBoxHead
from .rounded_anchor_generator import RoundedAnchorGenerator

__all__ = [
    'CropAndResizeExtractor', 'InclusiveBBoxCoder', 'NativeBBoxHead',
    'RoundedAnchorGenerator'
]
