# Table 5 on weights that mmadvrain tf_faster_rcnn has converted.
_base_ = './table5.py'
attacks = dict(
    UEA=dict(attack='../../projects/uea/configs/'
             'uea_faster-rcnn_vgg16_tf-c4-converted_coco.py'))
parts = {**_base_.parts, 'FR-rn152': ('r152-caffe', '1190')}
victims = {
    name:
    dict(
        config=f'../detectors/faster-rcnn_{part}_tf-c4_{steps}k_coco.py',
        checkpoint=f'checkpoints/faster-rcnn_{part}_tf-c4_{steps}k_coco.pth')
    for name, (part, steps) in parts.items()
}
sources = {'FR-v16': victims['FR-v16']}
