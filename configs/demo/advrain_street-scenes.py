# The embedded default: no data, no download. Adversarial rain against a small
# Faster R-CNN on the 24 scenes of demo/. A demonstration, no benchmark.
_base_ = [
    './faster-rcnn_r18-slim_fpn_street-scenes.py',
    '../attacks/advrain_margin.py'
]
test_cfg = _base_.attack_loop
