# UEA's generator against Faster R-CNN R-50-FPN, on train2017.
#   python tools/train.py \
#     projects/uea/configs/uea_1xb1-14e_faster-rcnn_r50_fpn_coco.py
_base_ = [
    'mmdet::_base_/default_runtime.py', './_base_/model.py',
    './_base_/schedule.py', './_base_/dataset.py'
]
victim = 'configs/detectors/faster-rcnn_r50_fpn_1x_coco.py'
model = dict(victim=dict(config=victim))
train_dataloader = dict(dataset=dict(config=victim))
