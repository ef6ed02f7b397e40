# UEA's generator against Faster R-CNN VGG16 on KITTI, which started from
# weights for COCO, on the half that the detector is trained on.
_base_ = './uea_1xb1-14e_faster-rcnn_vgg16_tf-c4_kitti.py'
victim = 'configs/kitti/faster-rcnn_vgg16_tf-c4_coco-70k_kitti.py'
weights = 'work_dirs/faster-rcnn_vgg16_tf-c4_coco-70k_kitti/iter_70000.pth'
model = dict(victim=dict(config=victim, checkpoint=weights))
train_dataloader = dict(dataset=dict(config=victim))
