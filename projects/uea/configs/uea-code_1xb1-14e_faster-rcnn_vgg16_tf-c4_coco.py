# UEA as its released code trains it, against Faster R-CNN VGG16. The detector
# is trained first; give the photograph whose features are the target:
#   python tools/train.py projects/uea/configs/... --cfg-options \
#     model.objectives.1.target_image=...
_base_ = [
    'mmdet::_base_/default_runtime.py', './_base_/model.py',
    './_base_/schedule.py', './_base_/dataset.py'
]
victim = 'configs/detectors/faster-rcnn_vgg16_tf-c4_490k_coco.py'
weights = 'work_dirs/faster-rcnn_vgg16_tf-c4_490k_coco/iter_490000.pth'
model = dict(variant='code', victim=dict(config=victim, checkpoint=weights))
train_dataloader = dict(dataset=dict(config=victim))
