# A small detector on the scenes of demo/; projects/street_scenes trains it.
_base_ = [
    'mmdet::_base_/default_runtime.py',
    '../_base_/models/faster-rcnn_csp-tiny_fpn.py',
    '../_base_/datasets/demo.py'
]
load_from = 'demo/weights/faster-rcnn_csp-tiny_fpn_street-scenes.pth'
