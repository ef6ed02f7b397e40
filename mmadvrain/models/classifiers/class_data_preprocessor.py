from mmengine.model import BaseDataPreprocessor

from mmadvrain.functional.pixel_space import from_bgr_levels
from mmadvrain.registry import MODELS


@MODELS.register_module()
class ClassDataPreprocessor(BaseDataPreprocessor):
    """Move a batch to the device and turn it to RGB in [0, 1].

    Images keep their sizes; resize and normalisation are part of
    :class:`ImageClassifier`, so that a gradient passes through them.
    """

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a batch.

        Args:
            data (dict): ``inputs``, a list of images, BGR in [0, 255], shape
                (3, H, W), and ``data_samples``, or None.
            training (bool): Not used.

        Returns:
            dict: ``inputs``, a list of RGB images in [0, 1], and
            ``data_samples``.
        """
        data = self.cast_data(data)
        return dict(
            inputs=[from_bgr_levels(image) for image in data['inputs']],
            data_samples=data.get('data_samples'))
