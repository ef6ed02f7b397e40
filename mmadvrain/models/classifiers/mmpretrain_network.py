from typing import Any, Sequence, Union

from torch import Tensor, nn

from mmadvrain.registry import MODELS


@MODELS.register_module()
class MMPretrainNetwork(nn.Module):
    """A classifier of MMPretrain, with the mean and std of its own config.

    Args:
        model (str): Name of one of its models or path of one of its configs.
        pretrained (bool | str): Load the published weights, or those of a
            file. Defaults to True.
        **options: Of ``mmpretrain.get_model``.

    Raises:
        ImportError: If mmpretrain cannot be imported.
    """

    def __init__(self,
                 model: str,
                 pretrained: Union[bool, str] = True,
                 **options: Any) -> None:
        super().__init__()
        try:
            import mmpretrain
        except Exception as error:  # its version checks raise AssertionError
            raise ImportError(
                'classifiers of MMPretrain want the package mmpretrain: mim '
                'install mmpretrain. Its import failed with '
                f'{type(error).__name__}: {error}') from error
        self.network = mmpretrain.get_model(
            model, pretrained=pretrained, **options)
        preprocessor = self.network.data_preprocessor
        self.to_bgr = not getattr(preprocessor, 'to_rgb', True)
        self.mean = self._in_rgb(getattr(preprocessor, 'mean', None))
        self.std = self._in_rgb(getattr(preprocessor, 'std', None))

    def _in_rgb(self, levels: Any) -> Union[None, Sequence[float]]:
        """Numbers of a preprocessor, in [0, 255], as RGB in [0, 1]."""
        if levels is None:
            return None
        values = [float(v) / 255 for v in levels.flatten()]
        return values[::-1] if self.to_bgr else values

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalised batch -> logits.

        Args:
            inputs (Tensor): RGB. Shape (N, 3, H, W).

        Returns:
            Tensor: Shape (N, classes).
        """
        if self.to_bgr:
            inputs = inputs.flip(1)
        return self.network(inputs, mode='tensor')
