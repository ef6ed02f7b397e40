# Table 6 on detectors fine-tuned from converted weights for COCO.
_base_ = './table6.py'
attacks = dict(
    UEA=dict(attack='../../projects/uea/configs/'
             'uea_faster-rcnn_vgg16_tf-c4-coco_kitti.py'))
parts = {**_base_.parts, 'FR-rn152': 'r152-caffe'}
victims = {
    name:
    dict(
        config=f'../kitti/faster-rcnn_{part}_tf-c4_coco-70k_kitti.py',
        checkpoint=f'work_dirs/faster-rcnn_{part}_tf-c4_coco-70k_kitti/'
        'iter_70000.pth')
    for name, part in parts.items()
}
sources = {'FR-v16': victims['FR-v16']}
