"""Rules and noise layer against the papers' formulas and torchattacks.

Where torchattacks deviates from the papers or from the released codes:

- defaults: epsilon 8/255 and steps of 2/255 in place of 16/255 and
  epsilon / steps, and no momentum in DIFGSM and TIFGSM;
- its input diversity shrinks the image (0.9) where DIM enlarges it
  (330/299), interpolates bilinearly where DIM takes the nearest pixel, and
  makes squares of rectangles, since it reads the last side alone;
- its TIFGSM always has input diversity, which TI-FGSM has not; here it is
  turned off;
- a zero gradient is divided by its mean and becomes NaN, for good.

With the same settings the images are the same.
"""
import functools
import importlib
import warnings

import pytest
import torch
from torch import nn

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.attacks.objectives.base_objective import BaseObjective
from mmadvrain.attacks.rules import (
    DiverseInputRule,
    GaussianSmoothingRule,
    MomentumRule,
)
from mmadvrain.perturbations.noise_perturbation import NoisePerturbation
from mmadvrain.utils.frozen import frozen
from tests.test_attacks.literal_fgsm import literal_fgsm

EPSILON, DOUBLE = 16 / 255, torch.float64


@functools.cache
def classifier():
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(3, 8, 5, stride=2), nn.Tanh(), nn.Conv2d(8, 8, 3),
            nn.Tanh(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 4))
    return model.double().eval()


class Victim:
    """The classifier; its targets are labels."""
    device = torch.device('cpu')

    def __init__(self):
        self.model = classifier()

    def groups(self, targets):
        return [[i] for i in range(len(targets))]

    def frozen(self):
        return frozen(self.model)

    def moved(self, target, place, size_hw):
        return target

    def forward(self, images, targets):
        return self.model(torch.stack(list(images))), torch.tensor(targets)


class CrossEntropy(BaseObjective):
    name = 'cross_entropy'

    def loss(self, outputs, state):
        return -nn.functional.cross_entropy(*outputs, reduction='none')


@pytest.fixture(scope='module')
def pictures():
    """Values on the grid of 8 bits, black and white among them."""
    generator = torch.Generator().manual_seed(1)
    levels = torch.randint(-60, 316, (3, 3, 24, 24), generator=generator)
    images = levels.clamp(0, 255).to(DOUBLE) / 255
    return images, torch.tensor([2, 0, 1])


def ours(pictures, rules=(), steps=10, layer=None, **layer_options):
    images, labels = pictures
    attack = IterativeAttack(
        layer or NoisePerturbation(**layer_options), [CrossEntropy()],
        rules,
        steps=steps,
        keep='last')
    results = attack.run(Victim(), list(images), labels.tolist(),
                         range(len(images)))
    assert all(not result.flags for result in results)
    return torch.stack([result.image for result in results])


# name in torchattacks, its settings; ours; those of the formulas
CASES = {
    'fgsm': ('FGSM', dict(), dict(step_size=EPSILON, steps=1), [], dict()),
    'ifgsm': ('BIM', dict(alpha=2 / 255,
                          steps=10), dict(step_size=2 / 255), [], dict()),
    'pgd': ('PGD', dict(alpha=3 / 255, steps=10, random_start=False),
            dict(step_size=3 / 255), [], dict()),
    'mifgsm': ('MIFGSM', dict(alpha=1.6 / 255, steps=10, decay=1.),
               dict(step_size=1.6 / 255), [MomentumRule(1.)], dict(decay=1.)),
    'mifgsm with decay 0.5':
    ('MIFGSM', dict(alpha=4 / 255, steps=10,
                    decay=0.5), dict(step_size=4 / 255), [MomentumRule(0.5)],
     dict(decay=0.5)),
    'dim that never resizes':
    ('DIFGSM', dict(alpha=1 / 255, steps=20, decay=1., diversity_prob=0.),
     dict(step_size=1 / 255,
          steps=20), [DiverseInputRule(0.),
                      MomentumRule(1.)], dict(decay=1.)),
    'tifgsm': ('TIFGSM',
               dict(alpha=EPSILON, steps=1, decay=0., diversity_prob=0.),
               dict(step_size=EPSILON,
                    steps=1), [GaussianSmoothingRule()], dict(smooth=True)),
    'timifgsm': ('TIFGSM',
                 dict(alpha=1.6 / 255, steps=10, decay=1.,
                      diversity_prob=0.), dict(step_size=1.6 / 255),
                 [GaussianSmoothingRule(),
                  MomentumRule(1.)], dict(smooth=True, decay=1.)),
}


def assert_same_image(found, wanted, clean):
    """To rounding; and the attack does move."""
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-6)
    assert (found - clean).abs().mean() > 2 / 255
    assert (found - clean).abs().max() <= EPSILON + 1e-9


@pytest.mark.parametrize('case', CASES)
def test_same_image_as_the_formulas(case, pictures):
    _, _, options, rules, extras = CASES[case]
    images, labels = pictures
    found = ours(pictures, rules, **options)
    steps = options.get('steps', 10)
    wanted = torch.stack([
        literal_fgsm(classifier(), image, int(label), EPSILON,
                     options['step_size'], steps, **extras)
        for image, label in zip(images, labels)
    ])
    assert_same_image(found, wanted, images)


@pytest.mark.parametrize('case', CASES)
def test_same_image_as_torchattacks(case, pictures):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        try:
            torchattacks = importlib.import_module('torchattacks')
        except (ImportError, RuntimeError, OSError) as error:
            pytest.skip(f'torchattacks cannot be imported: {error}')
    name, theirs, options, rules, _ = CASES[case]
    images, labels = pictures
    attack = getattr(torchattacks, name)(classifier(), eps=EPSILON, **theirs)
    if name == 'TIFGSM':  # its kernel is in single precision, as it comes
        attack.stacked_kernel = attack.stacked_kernel.double()
    wanted = attack(images.clone(), labels)
    assert_same_image(ours(pictures, rules, **options), wanted, images)


def test_random_start_is_where_the_formulas_begin(pictures):
    images, labels = pictures
    layer = NoisePerturbation(step_size=2 / 255, random_start=True)
    starts = {}

    class Remembering(NoisePerturbation):

        def begin(self, clean, generator):
            noise = layer.begin(clean, generator)
            starts[len(starts)] = noise.values
            return noise

    found = ours(pictures, layer=Remembering(step_size=2 / 255))
    wanted = torch.stack([
        literal_fgsm(
            classifier(),
            image,
            int(label),
            EPSILON,
            2 / 255,
            10,
            start=image + starts[i])
        for i, (image, label) in enumerate(zip(images, labels))
    ])
    assert starts[0].abs().max() > 0.9 * EPSILON
    assert_same_image(found, wanted, images)


def test_diverse_input_shows_what_dim_shows(pictures):
    """Three steps of DIM by its formula, with the places that were drawn."""
    places = []

    class Remembering(DiverseInputRule):

        def place(self, size_hw, generator):
            places.append(super().place(size_hw, generator))
            return places[-1]

    images, labels = pictures[0][:1], pictures[1][:1]
    found = ours((images, labels), [Remembering(1.)],
                 steps=3,
                 step_size=4 / 255)
    drawn = iter(places)

    def diverse(batch):
        place = next(drawn)
        rescaled = nn.functional.interpolate(
            batch, place.resized_hw, mode='nearest')
        padded = batch.new_full((1, 3, *place.canvas_hw), 0.5)
        top, left = place.offset
        padded[:, :, top:top + place.resized_hw[0],
               left:left + place.resized_hw[1]] = rescaled
        return classifier()(padded)

    wanted = literal_fgsm(diverse, images[0], int(labels[0]), EPSILON, 4 / 255,
                          3)
    assert len(places) == 3 and len(set(places)) > 1
    torch.testing.assert_close(found[0], wanted, rtol=0, atol=1e-6)


def test_a_zero_gradient_is_flagged_and_stays_finite(pictures):

    class Flat(CrossEntropy):

        def loss(self, outputs, state):
            return 0 * super().loss(outputs, state)

    images, labels = pictures
    attack = IterativeAttack(
        NoisePerturbation(), [Flat()],
        [GaussianSmoothingRule(), MomentumRule()],
        steps=3,
        keep='last')
    result, = attack.run(Victim(), [images[0]], [int(labels[0])], [0])
    assert result.flags == ['zero_gradient']
    assert torch.equal(result.image, images[0])


@pytest.mark.parametrize('options', [
    dict(epsilon=None, step_size=20 / 255, norm='l2', min_psnr=40.),
    dict(epsilon=None, step_size=0.5 / 255, norm='max'),
    dict(epsilon=8 / 255, step_size=2 / 255, random_start=True),
])
def test_it_attacks(options, pictures):
    """The loss after the attack is above that of random noise as large."""
    images, labels = pictures
    layer = NoisePerturbation(**options)

    def loss(batch):
        return nn.functional.cross_entropy(
            classifier()(batch), labels, reduction='none')

    found = ours(pictures, layer=layer, steps=20)
    other = torch.stack([
        layer.perturb(
            clean,
            layer.random_like(
                layer.begin(clean, torch.Generator()).replace(image - clean),
                torch.Generator().manual_seed(0)))
        for clean, image in zip(images, found)
    ])
    with torch.no_grad():
        assert (loss(found) > loss(images)).all()
        assert (loss(found) > loss(other)).all()
