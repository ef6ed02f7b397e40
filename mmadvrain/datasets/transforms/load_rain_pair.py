"""Load a rainy image and its clean partner."""
import numpy as np
from mmcv.transforms import BaseTransform

from mmadvrain.registry import TRANSFORMS
from mmadvrain.utils.images import read_image


@TRANSFORMS.register_module()
class LoadRainPair(BaseTransform):
    """Load a rainy image and, where there is one, its clean partner.

    Required Keys:

    - img_path (str)
    - clean_path (str), optional
    - rainy_side (str), optional: ``'left'`` or ``'right'`` where the file
      holds both images side by side
    - add_rain (Callable), optional: What makes the rainy image out of the
      clean one, as :class:`RainOnClean` sets it; ``img_path`` is not read

    Removed Keys:

    - add_rain, unless ``defer_rain``

    Added Keys:

    - rainy (np.uint8), RGB, shape (H, W, 3)
    - clean (np.uint8), RGB, shape (H, W, 3), with a partner
    - ori_shape (tuple), height and width
    - img_shape (tuple), height and width

    Args:
        backend_args: File backend. Defaults to None.
        defer_rain: Leave ``add_rain`` to :class:`PairedRandomCrop`, which
            makes rain for the patch alone; until then ``rainy`` is the clean
            image. Several times as fast, the same patch. Defaults to False.
    """

    def __init__(self,
                 backend_args: dict | None = None,
                 defer_rain: bool = False) -> None:
        self.defer_rain = defer_rain
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        """Load the images.

        Args:
            results: See above.

        Returns:
            See above.

        Raises:
            ValueError: If a file is no image, or the images differ in size.
        """
        add_rain = results.pop('add_rain', None)
        if add_rain is not None:
            results['clean'] = self._load(results['clean_path'])
            if self.defer_rain:
                results.update(rainy=results['clean'], add_rain=add_rain)
            else:
                results['rainy'] = add_rain(results['clean'])
            results['ori_shape'] = results['rainy'].shape[:2]
            results['img_shape'] = results['ori_shape']
            return results
        rainy = self._load(results['img_path'])
        side = results.get('rainy_side')
        if side is not None:
            left, right = self._halves(rainy, results['img_path'])
            rainy, clean = (left, right) if side == 'left' else (right, left)
            results['clean'] = clean
        elif results.get('clean_path') is not None:
            results['clean'] = self._load(results['clean_path'])
            if results['clean'].shape != rainy.shape:
                raise ValueError(
                    f'{results["img_path"]} and {results["clean_path"]} must '
                    f'be of one size, but are {rainy.shape[:2]} and '
                    f'{results["clean"].shape[:2]} (height, width)')
        results['rainy'] = rainy
        results['ori_shape'] = results['img_shape'] = rainy.shape[:2]
        return results

    def _load(self, path: str) -> np.ndarray:
        """Load an image as RGB."""
        image = read_image(path, backend_args=self.backend_args)
        return image[..., ::-1]

    @staticmethod
    def _halves(image: np.ndarray, path: str) -> tuple:
        """Cut an image of even width in the middle."""
        width = image.shape[1]
        if width % 2:
            raise ValueError(f'{path} must have an even width to be two '
                             f'images side by side, but it is {width}')
        return image[:, :width // 2].copy(), image[:, width // 2:].copy()

    def __repr__(self) -> str:
        """Return the class name and its options."""
        return (f'{type(self).__name__}(backend_args={self.backend_args}, '
                f'defer_rain={self.defer_rain})')
