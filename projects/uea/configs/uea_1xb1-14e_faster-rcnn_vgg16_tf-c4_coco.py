# UEA's generator against Faster R-CNN VGG16, on train2017. The detector is
# trained first, or its checkpoint given:
#   python tools/train.py projects/uea/configs/... --cfg-options \
#     model.victim.checkpoint=...
_base_ = [
    'mmdet::_base_/default_runtime.py', './_base_/model.py',
    './_base_/schedule.py', './_base_/dataset.py'
]
victim = 'configs/detectors/faster-rcnn_vgg16_tf-c4_490k_coco.py'
weights = 'work_dirs/faster-rcnn_vgg16_tf-c4_490k_coco/iter_490000.pth'
model = dict(victim=dict(config=victim, checkpoint=weights))
train_dataloader = dict(dataset=dict(config=victim))
