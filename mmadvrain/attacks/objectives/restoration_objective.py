from torch import Tensor

from mmadvrain.registry import TASK_UTILS
from mmadvrain.victims.derainer_victim import DerainerOutputs

from .base_objective import BaseObjective


@TASK_UTILS.register_module()
class RestorationObjective(BaseObjective[DerainerOutputs, None]):
    """How near a derainer comes to the clean image: PSNR on RGB, in dB.

    Minimising it makes the rain that the derainer cannot take away, or turns
    into something worse. Images are neither rounded nor clamped.

    Args:
        name: Name of the objective's curve. Defaults to ``'psnr'``.
    """

    def __init__(self, name: str = 'psnr') -> None:
        self.name = name

    def loss(self, outputs: DerainerOutputs, state: None) -> Tensor:
        """See :class:`BaseObjective`.

        Raises:
            ValueError: If the model under attack is no derainer.
        """
        if not isinstance(outputs, DerainerOutputs):
            raise ValueError('RestorationObjective wants a derainer, but got '
                             f'{type(outputs.model).__name__}')
        errors = (outputs.derained - outputs.clean).square().mean((1, 2, 3))
        return -10 * errors.clamp(min=1e-10).log10()
