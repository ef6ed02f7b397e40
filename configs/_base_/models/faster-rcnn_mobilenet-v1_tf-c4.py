# MobileNetV1: layers 0 to 11, the first five of them fixed, and the last two
# on regions cropped at 14x14 and pooled to 7x7. Batch normalisation is fixed,
# with the epsilon of the port; that of TF-slim is 1e-3.
_base_ = './faster-rcnn_r50_tf-c4.py'
# ImageNet weights of TF-slim
checkpoint = 'https://huggingface.co/google/mobilenet_v1_1.0_224/resolve/dd9bc45ff57d9492e00d48547587baf03f0cdade/pytorch_model.bin'  # noqa: E501
pretrained = dict(type='Pretrained', checkpoint=checkpoint)
model = dict(
    # tf-faster-rcnn divides the weights of the first layer by 127.5 and turns
    # their channels round; this is the same
    data_preprocessor=dict(
        mean=[122.7717, 115.9465, 102.9801],
        std=[127.5, 127.5, 127.5],
        bgr_to_rgb=True),
    backbone=dict(
        _delete_=True,
        type='mmadvrain.MobileNetV1',
        widen_factor=1.0,
        out_indices=(11, ),
        frozen_stages=4,
        norm_eval=True,
        norm_frozen=True,
        norm_eps=1e-5,
        init_cfg=pretrained),
    rpn_head=dict(in_channels=512),
    roi_head=dict(
        shared_head=dict(
            _delete_=True,
            type='mmadvrain.MobileNetV1Layer',
            widen_factor=1.0,
            stride=1,
            norm_eval=True,
            norm_frozen=True,
            norm_eps=1e-5,
            init_cfg=pretrained),
        bbox_roi_extractor=dict(out_channels=512, max_pool=True),
        bbox_head=dict(in_channels=1024)))
