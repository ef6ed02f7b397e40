"""Networks with the checkpoint formats of their authors, side by side.

MMADVRAIN_DERAINERS names a folder with clones of the authors' repositories,
Restormer, DRSformer, MPRNet and NAFNet, to compare with.
"""
import importlib.util
import os
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mmadvrain.apis.derain import derain_images, init_derainer
from mmadvrain.functional.pixel_space import from_bgr_levels
from mmadvrain.models.classifiers import ImageClassifier
from mmadvrain.models.derainers import (
    DerainingPreprocessor,
    DRSformer,
    MPRNet,
    NAFNet,
    Restormer,
)

LEVELS = dict(dim=8, num_blocks=(1, 1, 1, 1), heads=(1, 2, 2, 4))
SMALL = {
    'restormer': (Restormer, dict(LEVELS, num_refinement_blocks=1)),
    'drsformer': (DRSformer, LEVELS),
    'mprnet': (MPRNet,
               dict(
                   channels=8,
                   level_channels=4,
                   full_channels=4,
                   blocks=1,
                   reduction=2)),
    'nafnet': (NAFNet, dict(width=4, enc_blk_nums=(1, 1),
                            dec_blk_nums=(1, 1))),
}


def small(name, seed=0, **options):
    """A small network whose every weight matters."""
    kind, arguments = SMALL[name]
    torch.manual_seed(seed)
    net = kind(**arguments, **options).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.03 * torch.randn_like(parameter))
    return net


@pytest.mark.parametrize('kind, options, entries, weights, some', [
    (Restormer, {}, 494, 26126644, {
        'patch_embed.proj.weight': (48, 3, 3, 3),
        'encoder_level1.3.attn.temperature': (1, 1, 1),
        'encoder_level2.5.attn.qkv_dwconv.weight': (288, 1, 3, 3),
        'latent.7.ffn.project_in.weight': (2042, 384, 1, 1),
        'down1_2.body.0.weight': (24, 48, 3, 3),
        'up4_3.body.0.weight': (768, 384, 3, 3),
        'reduce_chan_level3.weight': (192, 384, 1, 1),
        'refinement.3.norm2.body.bias': (96, ),
        'output.weight': (3, 96, 3, 3)
    }),
    (DRSformer, {}, 924, 33655424, {
        'encoder_level0.layers.0.ca_fc.2.weight': (32, 64),
        'encoder_level0.layers.1.preprocess.op.0.weight': (48, 48, 1, 1),
        'encoder_level0.layers.1._ops.3._ops.3.op.3.weight': (48, 1, 7, 7),
        'refinement.layers.1._ops.0._out.0.weight': (96, 768, 1, 1),
        'latent.7.attn.attn4': (1, ),
        'decoder_level1.3.ffn.dwconv5x5_1.weight': (255, 2, 5, 5)
    }),
    (DRSformer, dict(experts=False), 730, 32610304, {
        'encoder_level1.0.ffn.dwconv3x3.weight': (254, 1, 3, 3)
    }),
    (MPRNet, {}, 316, 3637249, {
        'shallow_feat1.0.weight': (40, 3, 3, 3),
        'shallow_feat1.1.CA.conv_du.2.weight': (40, 10, 1, 1),
        'stage1_encoder.encoder_level3.1.body.1.weight': (1, ),
        'stage1_encoder.down23.down.1.weight': (80, 60, 1, 1),
        'stage2_encoder.csff_dec3.weight': (80, 80, 1, 1),
        'stage2_decoder.up21.up.1.weight': (40, 60, 1, 1),
        'stage3_orsnet.orb3.body.8.weight': (56, 56, 3, 3),
        'stage3_orsnet.up_enc2.1.up.1.weight': (40, 60, 1, 1),
        'sam23.conv3.weight': (40, 3, 1, 1),
        'concat23.weight': (56, 80, 3, 3)
    }),
    (NAFNet, {}, 664, 17111907, {
        'intro.bias': (32, ),
        'encoders.3.27.sca.1.weight': (256, 256, 1, 1),
        'downs.2.weight': (256, 128, 2, 2),
        'middle_blks.0.beta': (1, 512, 1, 1),
        'ups.0.0.weight': (1024, 512, 1, 1),
        'decoders.3.0.norm2.weight': (32, )
    }),
])
def test_weights_are_named_as_published(kind, options, entries, weights, some):
    with torch.device('meta'):
        net = kind(**options)
    state = net.state_dict()
    assert len(state) == entries
    assert sum(p.numel() for p in net.parameters()) == weights
    assert {key: tuple(state[key].shape) for key in some} == some


@pytest.mark.parametrize('name', SMALL)
def test_an_image_equals_its_row_in_a_batch_of_any_size(name):
    net = small(name)
    rainy = torch.rand(2, 3, 21, 30)
    with torch.no_grad():
        derained = net(rainy)
        torch.testing.assert_close(net(rainy[1:]), derained[1:])
    assert derained.shape == rainy.shape
    assert not torch.allclose(derained, rainy, atol=1e-2)


@pytest.mark.parametrize('name', SMALL)
def test_gradient_reaches_every_pixel_and_tiles_keep_less(name):
    net = small(name).double().requires_grad_(False)
    rainy = torch.rand(1, 3, 32, 48, dtype=torch.double, requires_grad=True)

    def gradient_and_kept():
        kept = []
        with torch.autograd.graph.saved_tensors_hooks(
                lambda x: (kept.append(x.numel()), x)[1], lambda x: x):
            total = net(rainy).square().sum()
        return torch.autograd.grad(total, rainy)[0], sum(kept)

    whole, kept = gradient_and_kept()
    assert (whole != 0).all() and whole.isfinite().all()
    net.set_tiles(32, 8)
    tiled, fewer = gradient_and_kept()
    assert fewer < kept / 4
    assert tiled.isfinite().all() and (tiled != 0).all()
    # tiles are not the whole, but close by where sums are close
    assert torch.cosine_similarity(whole.ravel(), tiled.ravel(), 0) > 0.9


@pytest.mark.parametrize('name', SMALL)
def test_default_tiles_share_32_pixels(name):
    net = small(name)
    net.set_tiles(64)
    assert net.tile_overlap == 32
    rainy = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(net(rainy), net.derain(rainy))


@pytest.mark.parametrize('name', SMALL)
def test_attack_behind_it_is_adaptive(name):
    net = small(name)
    image = torch.rand(3, 24, 16)
    levels = (image.flip(0) * 255).requires_grad_()
    front = DerainingPreprocessor(nn.Identity(), net)
    derained = from_bgr_levels(front.clean(levels))
    torch.testing.assert_close(derained, net(image[None])[0].clamp(0, 1))
    assert torch.autograd.grad(derained.sum(), levels)[0].abs().sum() > 0
    model = ImageClassifier(nn.Flatten(), 2, derainer=net)
    leaf = image.clone().requires_grad_()
    grad, = torch.autograd.grad(model.logits([leaf])[0, 0], leaf)
    assert grad.isfinite().all() and grad.abs().sum() > 0


@pytest.mark.parametrize('name', SMALL)
@pytest.mark.parametrize('form', [
    lambda state: dict(params=state), lambda state: dict(
        epoch=3, state_dict={
            f'module.{k}': v
            for k, v in state.items()
        })
])
def test_the_tools_take_checkpoints_of_the_authors(name, form, tmp_path):
    net = small(name)
    torch.save(form(net.state_dict()), tmp_path / 'net.pth')
    kind, options = SMALL[name]
    config = tmp_path / 'config.py'
    config.write_text("model = dict(type='mmadvrain.DerainModel', derainer="
                      f"{dict(options, type=f'mmadvrain.{kind.__name__}')})")
    model = init_derainer(str(config), str(tmp_path / 'net.pth'))
    rainy = np.random.default_rng(0).integers(0, 256, (17, 20, 3), np.uint8)
    derained, = derain_images(model, [rainy])
    with torch.no_grad():
        expected = net(torch.from_numpy(rainy).movedim(2, 0)[None] / 255)
    expected = (expected[0].clamp(0, 1) * 255).round().movedim(0, 2)
    assert np.array_equal(derained, expected.to(torch.uint8).numpy())
    bare = kind(**options, checkpoint=str(tmp_path / 'net.pth'))
    assert all(
        torch.equal(a, b) for a, b in zip(bare.parameters(), net.parameters()))


@pytest.fixture
def authors():
    """Read a file of the authors' repositories as a module."""
    folder = os.environ.get('MMADVRAIN_DERAINERS')
    if not folder:
        pytest.skip('MMADVRAIN_DERAINERS names no clones to compare with')
    pytest.importorskip('einops')
    before = dict(sys.modules)
    for name in ('', '.models', '.models.archs', '.utils'):
        sys.modules[f'basicsr{name}'] = types.ModuleType(f'basicsr{name}')
    sys.modules['basicsr.utils'].get_root_logger = None

    def read(path, name='released'):
        spec = importlib.util.spec_from_file_location(name,
                                                      Path(folder) / path)
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    yield read
    for name in set(sys.modules) - set(before):
        del sys.modules[name]


def restormer(read):
    """The authors' and ours."""
    found = read('Restormer/basicsr/models/archs/restormer_arch.py')
    return found.Restormer(), Restormer()


def drsformer(read):
    """The same."""
    found = read('DRSformer/basicsr/models/archs/DRSformer_arch.py')
    return found.DRSformer(), DRSformer()


def drsformer_without_experts(read):
    """The same."""
    found = read('DRSformer/basicsr/models/archs/DRSformer_arch_200L+SPA.py')
    return found.DRSformer(), DRSformer(experts=False)


def mprnet(read):
    """The same."""
    return read('MPRNet/Deraining/MPRNet.py').MPRNet(), MPRNet()


def nafnet(read, local=False):
    """The same."""
    archs = 'NAFNet/basicsr/models/archs'
    for name in ('arch_util', 'local_arch'):
        read(f'{archs}/{name}.py', f'basicsr.models.archs.{name}')
    found = read(f'{archs}/NAFNet_arch.py')
    options = dict(
        width=32,
        enc_blk_nums=[1, 1, 1, 28],
        middle_blk_num=1,
        dec_blk_nums=[1, 1, 1, 1])
    if local:
        return found.NAFNetLocal(
            train_size=(1, 3, 32, 32), **options), NAFNet(window=48)
    return found.NAFNet(**options), NAFNet()


def nafnet_local(read):
    """The same."""
    return nafnet(read, local=True)


@pytest.mark.parametrize('pair', [
    restormer, drsformer, drsformer_without_experts, mprnet, nafnet,
    nafnet_local
])
def test_output_is_that_of_the_authors_code(pair, authors):
    torch.manual_seed(0)
    theirs, ours = pair(authors)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
        ours.load_published(theirs.state_dict())
        rainy = torch.rand(1, 3, 64, 48)
        found = theirs.eval()(rainy)
        found = found[0] if isinstance(found, list) else found
        assert (found - rainy).abs().max() > 0.05
        torch.testing.assert_close(
            ours.eval()(rainy), found, atol=1e-5, rtol=0)
