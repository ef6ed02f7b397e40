# The embedded default: no data, no download. Adversarial rain against a small
# Faster R-CNN on 24 procedural street scenes. A demonstration, no benchmark.
_base_ = [
    './faster-rcnn_r18-slim_fpn_street-scenes.py',
    '../_base_/attacks/advrain_margin.py'
]
test_dataloader = dict(dataset=dict(split='demo', num_images=24, seed=2))
test_evaluator = dict(ann_file='data/street_scenes/annotations/demo.json')
test_cfg = _base_.attack_loop
load_from = 'configs/demo/weights/faster-rcnn_r18-slim_fpn_street-scenes.pth'
