# UEA as its released code trains it, against Faster R-CNN VGG16. Give the
# detector's checkpoint, and the photograph whose features are the target:
#   python tools/train.py projects/uea/configs/... --cfg-options \
#     model.victim.checkpoint=... model.objectives.1.target_image=...
_base_ = [
    'mmdet::_base_/default_runtime.py', './_base_/model.py',
    './_base_/schedule.py', './_base_/dataset.py'
]
victim = 'configs/detectors/faster-rcnn_vgg16_tf-c4_490k_coco.py'
model = dict(variant='code', victim=dict(config=victim))
train_dataloader = dict(dataset=dict(config=victim))
