# Trains the demonstration's detector; its network is that of configs/demo.
_base_ = [
    '../../../configs/_base_/models/faster-rcnn_r18-slim_fpn.py',
    './_base_/dataset.py', './_base_/schedule.py'
]
randomness = dict(seed=0)
