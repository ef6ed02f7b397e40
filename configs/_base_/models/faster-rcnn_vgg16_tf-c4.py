# VGG16: conv5_3 without pool5, conv1 and conv2 fixed, and fc6 and fc7 on
# regions cropped at 14x14 and pooled to 7x7.
_base_ = './faster-rcnn_r50_tf-c4.py'
# ImageNet weights of the Caffe model, in BGR, with fc6 and fc7
checkpoint = 'https://web.eecs.umich.edu/~justincj/models/vgg16-00b39a1b.pth'
pretrained = dict(type='Pretrained', checkpoint=checkpoint)
model = dict(
    backbone=dict(
        _delete_=True,
        type='mmadvrain.VGG',
        depth=16,
        out_indices=(4, ),
        frozen_stages=2,
        init_cfg=pretrained),
    rpn_head=dict(in_channels=512),
    roi_head=dict(
        shared_head=dict(
            _delete_=True,
            type='mmadvrain.VGGFCLayer',
            in_channels=512,
            out_channels=4096,
            init_cfg=pretrained),
        bbox_roi_extractor=dict(out_channels=512, max_pool=True),
        bbox_head=dict(roi_feat_size=1, in_channels=4096)))
