from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from mmadvrain.datasets.native_images import NativeImages, NativeSample
from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.models.classifiers.image_classifier import ImageClassifier
from mmadvrain.registry import TASK_UTILS
from mmadvrain.structures.class_data_sample import ClassDataSample
from mmadvrain.typing import BgrLevels, Image, SizeHW
from mmadvrain.utils.frozen import frozen

from .base_victim import BaseVictim, first_readable, pipeline_steps

NO_CLASS = -1
"""What an image that could not be read is taken for."""


@dataclass
class ClassifierOutputs:
    """What one forward pass of a classifier made of a batch.

    Attributes:
        model: The classifier.
        logits: Shape (N, classes).
        labels: True classes, counted from 0. Shape (N,).
    """
    model: ImageClassifier
    logits: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.logits)

    def cut_features(self) -> None:
        """See :class:`VictimOutputs`; objectives know logits alone."""


@TASK_UTILS.register_module()
class ClassifierVictim(BaseVictim[ClassDataSample, ClassifierOutputs]):
    """A classifier, attacked at an image's native resolution.

    Deraining, crop, resize and normalisation are part of the graph, see
    :class:`mmadvrain.models.classifiers.image_classifier.ImageClassifier`.
    """
    model: ImageClassifier

    @property
    def device(self) -> torch.device:
        """Where the model is; a classifier may have no weights."""
        return self.model.device

    def moved(self, target: ClassDataSample, place: ResizePad,
              size_hw: SizeHW) -> ClassDataSample:
        """Return the target itself: the canvas becomes the network's input."""
        return target

    def guess(self, image: Image) -> ClassDataSample:
        """Take the class that the classifier sees for the true one."""
        prediction, = self.predict([image], [ClassDataSample()])
        return ClassDataSample().set_label(int(prediction.pred_label))

    def forward(self, images: Sequence[Image],
                targets: Sequence[ClassDataSample]) -> ClassifierOutputs:
        """See :class:`BaseVictim`; targets have ``gt_label``."""
        images = [image.to(self.device) for image in images]
        labels = torch.stack([target.gt_label for target in targets])
        return ClassifierOutputs(self.model, self.model.logits(images),
                                 labels.to(self.device))

    def predict(self, images: Sequence[Image],
                targets: Sequence[ClassDataSample]) -> list[ClassDataSample]:
        """See :class:`BaseVictim`; predictions have ``pred_label``."""
        predictions: list[ClassDataSample] = []
        for group in self.groups(targets):
            with frozen(self.model), torch.no_grad():
                predictions += self.model.predict(
                    [images[i].to(self.device) for i in group],
                    [targets[i].clone() for i in group])
        return predictions

    def check(self, images: NativeImages) -> NativeSample:
        """See :class:`BaseVictim`."""
        sample = first_readable(images)
        info = images.dataset[images.keys.index(sample.key)]
        data = self.model.data_preprocessor(
            pseudo_collate([dict(info)]), False)
        theirs = data['inputs'][0]
        ours = sample.clean.to(theirs)
        if ours.shape != theirs.shape or float((ours - theirs).abs().max()):
            found = (f'{tuple(theirs.shape)} of {tuple(ours.shape)}'
                     if ours.shape != theirs.shape else
                     'values that differ by up to '
                     f'{float((ours - theirs).abs().max()):.3g} of 1')
            raise ValueError(
                'a classifier is attacked at native resolution, and derains, '
                'resizes and normalises itself: the test pipeline must load '
                'images and pack them and the data preprocessor leave them as '
                'they are (a derainer goes to `model.derainer`), but '
                f'{pipeline_steps(images.dataset)} and '
                f'{type(self.model.data_preprocessor).__name__} give {found}')
        return sample

    def draw(self, image: BgrLevels, prediction: ClassDataSample,
             score_thr: float) -> BgrLevels:
        """Write the predicted class, in green where it is the true one."""
        label = int(prediction.pred_label)
        right = label == int(prediction.gt_label)
        text = f'class {label}' if self.classes is None else str(
            self.classes[label])
        image = image.copy()
        for colour, width in (((0, 0, 0), 3), ((80, 220, 80) if right else
                                               (80, 80, 255), 1)):
            cv2.putText(image, text, (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45,
                        colour, width)
        return image

    @staticmethod
    def target(metainfo: dict, info: dict) -> ClassDataSample:
        """Hold the true class; see :class:`BaseVictim`."""
        sample = ClassDataSample(metainfo=dict(metainfo))
        return sample.set_label(info['gt_label'])

    @staticmethod
    def pack(prediction: ClassDataSample) -> dict:
        """See :class:`BaseVictim`."""
        return prediction.to_numbers()

    @staticmethod
    def restore(images: NativeImages, index: int,
                packed: dict | None) -> ClassDataSample:
        """See :class:`BaseVictim`."""
        info = images.dataset.get_data_info(index)
        sample = ClassifierVictim.target(
            dict(img_id=images.keys[index], img_path=info['img_path']), info)
        packed = packed or dict(pred=NO_CLASS)
        sample.pred_label = torch.tensor(packed['pred'])
        if 'loss' in packed:
            sample.pred_loss = torch.tensor(packed['loss'])
        return sample
