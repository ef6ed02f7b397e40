"""Convert an Inception v3 of TF-slim to TorchScript, by timm's network.

CHECKPOINT is an .npz of its variables by name, or with the package tensorflow
the prefix of a checkpoint, such as ens3_adv_inception_v3.ckpt. OUT maps RGB in
[0, 1], shape (N, 3, 299, 299), to logits of the 1000 classes: it holds the
normalisation of TF-slim, and not its background class. Wants the package timm.

    mmadvrain slim_inception_v3 ens3_adv_inception_v3.ckpt inc-v3-ens3.ts.pt
"""
import re
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mmadvrain.cli import run_tool, tool_parser
from mmadvrain.models.classifiers.networks import import_timm

_UNIT = re.compile(r'InceptionV3/(?:InceptionV3/)?(?P<unit>.+)/'
                   r'(?P<kind>weights|biases|BatchNorm/\w+)$')
_KINDS = {
    'weights': 'conv.weight',
    'BatchNorm/beta': 'bn.bias',
    'BatchNorm/gamma': 'bn.weight',
    'BatchNorm/moving_mean': 'bn.running_mean',
    'BatchNorm/moving_variance': 'bn.running_var'
}


def read_variables(path: str) -> dict[str, np.ndarray]:
    """Read variables by name.

    Args:
        path: See above.

    Raises:
        FileNotFoundError: If there is neither such a file nor a checkpoint.
    """
    if Path(path).suffix == '.npz':
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    if not Path(f'{path}.index').is_file() and not Path(path).is_file():
        raise FileNotFoundError(f'wanted an .npz or a checkpoint at {path}')
    from tensorflow.train import load_checkpoint  # type: ignore
    reader = load_checkpoint(path)
    return {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
    }


def slim_order(unit: str) -> tuple:
    """Key by which TF-slim's units stand as timm's modules do.

    Args:
        unit: ``Mixed_7b/Branch_1/Conv2d_0b_1x3``, for example.

    Returns:
        Block, branch, and the step and kernel that end the name.
    """
    block, _, rest = unit.partition('/')
    branch, _, name = rest.partition('/')
    return block, branch, *name.split('_')[-2:]


def convert(variables: dict[str, np.ndarray],
            network: nn.Module) -> dict[str, Tensor]:
    """Name TF-slim's variables as timm does.

    Args:
        variables: By name; what is not of the network's inference, such as
            auxiliary logits and moments of an optimiser, is left out.
        network: timm's ``inception_v3``.

    Returns:
        Its state dict; scales of batch normalisation, which TF-slim has
        fixed, are 1, and the background class is dropped.

    Raises:
        ValueError: If the variables are of another network.
    """
    units: dict[str, dict[str, np.ndarray]] = {}
    for name, value in variables.items():
        found = _UNIT.match(name)
        if found and not found['unit'].startswith('AuxLogits'):
            units.setdefault(found['unit'], {})[found['kind']] = value
    logits = units.pop('Logits/Conv2d_1c_1x1', {})
    wanted: dict[str, list[str]] = {}
    for name, module in network.named_modules():
        if hasattr(module, 'conv') and hasattr(module, 'bn'):
            wanted.setdefault(name.partition('.')[0], []).append(name)
    own = network.state_dict()
    state = {k: v for k, v in own.items() if k.endswith('num_batches_tracked')}
    for block, modules in wanted.items():
        ours = sorted((u for u in units if u.partition('/')[0] == block),
                      key=slim_order)
        for unit, module in zip(ours, modules):
            scale = np.ones_like(units[unit].get('BatchNorm/beta', [1.]))
            for kind, value in {
                    'BatchNorm/gamma': scale,
                    **units.pop(unit)
            }.items():
                state[f'{module}.{_KINDS[kind]}'] = _tensor(value)
    if {'weights', 'biases'} <= set(logits):
        state['fc.weight'] = _tensor(logits['weights']).flatten(1)[1:]
        state['fc.bias'] = _tensor(logits['biases'])[1:]
    wrong = sorted(k for k in own
                   if k not in state or state[k].shape != own[k].shape)
    if wrong or units:
        raise ValueError('wanted all variables of an Inception v3 of TF-slim '
                         f'and no others, but {len(wrong)} are not there or '
                         f'of another shape ({", ".join(wrong[:3])}) and '
                         f'{len(units)} are left ({", ".join(list(units)[:3])}'
                         ')')
    return state


def _tensor(value: np.ndarray) -> Tensor:
    """Order the axes of a kernel as torch does."""
    kernel = torch.from_numpy(np.array(value, np.float32))
    return kernel.permute(3, 2, 0, 1).contiguous() if kernel.ndim == 4 \
        else kernel


class FromUnitRange(nn.Module):
    """TF-slim's normalisation, then the network.

    Args:
        network: Takes RGB in [-1, 1].
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Classify RGB in [0, 1], shape (N, 3, 299, 299)."""
        return self.network(2 * images - 1)


def main() -> None:
    """Parse, convert, write."""
    parser = tool_parser(__doc__)
    parser.add_argument('checkpoint', help='.npz, or prefix of a checkpoint')
    parser.add_argument('out', help='TorchScript file to write')
    args = parser.parse_args()
    network = import_timm().create_model(
        'inception_v3.tf_in1k', pretrained=False).eval()
    network.load_state_dict(convert(read_variables(args.checkpoint), network))
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        torch.jit.trace(FromUnitRange(network), torch.rand(2, 3, 299,
                                                           299)).save(args.out)


if __name__ == '__main__':
    run_tool(main)
