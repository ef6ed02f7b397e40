from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapperDict, build_optim_wrapper
from mmengine.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import nn


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class MultiOptimWrapperConstructor:
    """One optimiser for each named part of a model.

    Args:
        optim_wrapper_cfg: Name of a submodule to the config of its optimiser
            wrapper.
        paramwise_cfg: Not taken; each part has its own.

    Raises:
        ValueError: If ``paramwise_cfg`` is given, or no part is named.
    """

    def __init__(self,
                 optim_wrapper_cfg: dict,
                 paramwise_cfg: dict | None = None) -> None:
        if paramwise_cfg is not None:
            raise ValueError('`paramwise_cfg` must be given to each part of '
                             'the optimiser wrapper, not to all of them')
        if not optim_wrapper_cfg:
            raise ValueError('an optimiser wrapper of parts wants at least '
                             'one part, but got none')
        self.parts = dict(optim_wrapper_cfg)

    def __call__(self, model: nn.Module) -> OptimWrapperDict:
        """Build the optimisers.

        Args:
            model: Has a submodule of each part's name.

        Raises:
            ValueError: If it has not.
        """
        module = model.module if is_model_wrapper(model) else model
        names = {name for name, _ in module.named_children()}
        if not names.issuperset(self.parts):
            raise ValueError(f'{type(module).__name__} has the parts '
                             f'{sorted(names)}, but optimisers are given for '
                             f'{sorted(self.parts)}')
        return OptimWrapperDict(
            **{
                name: build_optim_wrapper(getattr(module, name), cfg)
                for name, cfg in self.parts.items()
            })
