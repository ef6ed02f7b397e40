"""Boxes that are decoded in pixels of the image as it is stored."""
from mmdet.models.roi_heads.bbox_heads import BBoxHead
from mmengine.structures import InstanceData
from torch import Tensor

from mmadvrain.registry import MODELS


@MODELS.register_module()
class NativeBBoxHead(BBoxHead):
    """The box head of py-faster-rcnn, whose last step is at native size.

    MMDetection decodes boxes and suppresses overlapping ones in pixels of the
    network's input and scales what is left. Here, regions are scaled to the
    image first: since a box is one pixel more than the distance of its
    corners, at any size, the results differ, by less than a pixel.

    Args:
        **kwargs: Of ``mmdet``'s ``BBoxHead``.
    """

    def _predict_by_feat_single(
            self,
            roi: Tensor,
            cls_score: Tensor,
            bbox_pred: Tensor,
            img_meta: dict,
            rescale: bool = False,
            rcnn_test_cfg: dict | None = None) -> InstanceData:
        """Detections of one image.

        Args:
            roi: Number of the image and edges x1, y1, x2, y2 in pixels of the
                network's input. Shape (R, 5).
            cls_score: Logits, background last. Shape (R, K + 1).
            bbox_pred: Offsets of each class. Shape (R, K * 4).
            img_meta: With ``ori_shape`` and ``scale_factor``.
            rescale: Whether boxes are wanted in pixels of the image, and not
                of the network's input. Defaults to False.
            rcnn_test_cfg: Thresholds. Defaults to None: all boxes are kept.

        Returns:
            ``bboxes``, ``scores`` and ``labels``.
        """
        scale = roi.new_tensor(img_meta.get('scale_factor', (1., 1.)) * 2)
        pixel = roi.new_tensor([0., 0., 1., 1.])
        native = roi.clone()
        native[:, 1:] = (roi[:, 1:] - pixel) / scale + pixel
        meta = dict(
            img_meta,
            img_shape=img_meta.get('ori_shape', img_meta['img_shape']))
        found = super()._predict_by_feat_single(native, cls_score, bbox_pred,
                                                meta, False, rcnn_test_cfg)
        if not rescale:
            boxes = found.bboxes
            found.bboxes = boxes * scale.repeat(boxes.shape[-1] // 4)
        return found
