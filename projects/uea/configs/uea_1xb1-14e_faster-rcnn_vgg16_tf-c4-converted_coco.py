# UEA's generator against Faster R-CNN VGG16 with the weights that mmadvrain
# tf_faster_rcnn has converted, on train2017.
_base_ = './uea_1xb1-14e_faster-rcnn_vgg16_tf-c4_coco.py'
weights = 'checkpoints/faster-rcnn_vgg16_tf-c4_490k_coco.pth'
model = dict(victim=dict(checkpoint=weights))
