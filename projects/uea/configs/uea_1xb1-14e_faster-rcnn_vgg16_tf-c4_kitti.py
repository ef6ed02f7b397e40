# UEA's generator against Faster R-CNN VGG16 on KITTI, on the half of KITTI
# that the detector is trained on. The detector is trained first, or its
# checkpoint given:
#   python tools/train.py projects/uea/configs/... --cfg-options \
#     model.victim.checkpoint=...
_base_ = [
    'mmdet::_base_/default_runtime.py', './_base_/model.py',
    './_base_/schedule.py', './_base_/dataset.py'
]
victim = 'configs/kitti/faster-rcnn_vgg16_tf-c4_70k_kitti.py'
weights = 'work_dirs/faster-rcnn_vgg16_tf-c4_70k_kitti/iter_70000.pth'
model = dict(victim=dict(config=victim, checkpoint=weights))
train_dataloader = dict(
    dataset=dict(
        config=victim,
        dataset=dict(_delete_=True, ann_file='ImageSets/train.txt')))
