import pytest
import torch
from mmengine.runner.checkpoint import load_state_dict

from mmadvrain.models.derainers.derain_model import DerainModel
from mmadvrain.models.derainers.losses import negative_ssim_loss
from mmadvrain.models.derainers.prenet import PReNet
from mmadvrain.registry import MODELS
from mmadvrain.structures.derain_data_sample import DerainDataSample

DERAINER = dict(type='mmadvrain.PReNet', stages=2, channels=4, blocks=1)


def build(**options):
    return MODELS.build(
        dict(type='mmadvrain.DerainModel', derainer=DERAINER, **options))


def batch(*sizes):
    samples = []
    for size in sizes:
        sample = DerainDataSample()
        sample.clean = torch.randint(0, 256, (3, *size), dtype=torch.uint8)
        samples.append(sample)
    inputs = [s.clean.clone().fill_(200) for s in samples]
    return dict(inputs=inputs, data_samples=samples)


def test_loss_is_that_of_derained_and_clean():
    model = build(loss=dict(type='mmadvrain.NegativeSSIMLoss'))
    data = model.data_preprocessor(batch((12, 13), (12, 13)), True)
    losses = model(**data, mode='loss')
    clean = torch.stack([s.clean for s in data['data_samples']])
    expected = negative_ssim_loss(model.derainer(data['inputs']), clean)
    torch.testing.assert_close(losses['loss'], expected)
    assert list(losses) == ['loss']


def test_training_lowers_the_loss():
    torch.manual_seed(0)
    model = build(loss=dict(type='mmadvrain.L1SSIMLoss'))
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    data = model.data_preprocessor(batch((8, 8)), True)
    values = []
    for _ in range(15):
        loss, _ = model.parse_losses(model(**data, mode='loss'))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        values.append(loss.item())
    assert values[-1] < values[0] - 0.05


def test_predict_fills_the_samples():
    model = build().eval()
    data = batch((8, 9), (8, 9))
    with torch.no_grad():
        samples = model.test_step(data)
        rainy = torch.stack(data['inputs']) / 255.
        expected = model(rainy).clamp(0, 1)
    for sample, image, out in zip(samples, rainy, expected):
        torch.testing.assert_close(sample.derained, out)
        torch.testing.assert_close(sample.rainy, image)
    assert 'derained' not in data['data_samples'][0]


def test_predict_images_of_several_sizes_and_without_samples():
    model = build().eval()
    with torch.no_grad():
        samples = model.test_step(batch((8, 9), (10, 7)))
        alone = model(torch.rand(1, 3, 4, 4), mode='predict')
    assert [tuple(s.derained.shape) for s in samples] == [(3, 8, 9),
                                                          (3, 10, 7)]
    assert alone[0].derained.shape == (3, 4, 4)


@pytest.mark.parametrize('prefix', ['', 'module.', 'derainer.'])
@pytest.mark.parametrize('load', [
    lambda model, state: model.load_state_dict(state),
    lambda model, state: load_state_dict(model, state, strict=True),
])
def test_loads_checkpoints_of_the_derainer_alone(prefix, load):
    options = {k: v for k, v in DERAINER.items() if k != 'type'}
    state = PReNet(**options).state_dict()
    model = build()
    load(model, {f'{prefix}{k}': v for k, v in state.items()})
    for key, value in model.derainer.state_dict().items():
        assert torch.equal(value, state[key])


def test_a_checkpoint_of_something_else_is_an_error():
    with pytest.raises(RuntimeError, match='backbone'):
        build().load_state_dict({'backbone.weight': torch.ones(1)})


def test_errors():
    model = build()
    with pytest.raises(ValueError, match="'predict', but got 'train'"):
        model(torch.rand(1, 3, 4, 4), mode='train')
    with pytest.raises(ValueError, match='loss of DerainModel must be set'):
        model(torch.rand(1, 3, 4, 4), [], mode='loss')
    model = build(loss=dict(type='mmadvrain.NegativeSSIMLoss'))
    for samples in (None, [DerainDataSample()]):
        with pytest.raises(ValueError, match='needs data samples with clean'):
            model(torch.rand(1, 3, 4, 4), samples, mode='loss')
    assert isinstance(model, DerainModel)
