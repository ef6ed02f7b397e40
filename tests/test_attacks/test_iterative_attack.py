"""The loop, on victims that are no detectors."""
import math

import pytest
import torch
from torch import nn

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.attacks.objectives.base_objective import BaseObjective
from mmadvrain.attacks.rules import BaseRule, MomentumRule, SignRule
from mmadvrain.functional.resize_pad import ResizePad
from mmadvrain.perturbations.rain_perturbation import RainPerturbation
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.utils.frozen import frozen
from mmadvrain.victims.attacked_model import FeatureCut


class Offset:
    """One number added to every pixel; its values can be followed by hand."""

    def __init__(self, step_size=0.1):
        self.step_size = step_size

    def begin(self, clean, generator):
        return torch.zeros(1, dtype=clean.dtype)

    def perturb(self, clean, params):
        return clean + params

    def require_grad(self, params):
        return params.detach().requires_grad_()

    def descend(self, params, initial, image, direction, step, steps):
        grad, = torch.autograd.grad(image, params, direction)
        return params.detach() - self.step_size * grad


class Pixels:
    """A victim that hands the images through and counts."""

    def __init__(self):
        self.forwards = 0
        self.device = torch.device('cpu')
        self.model = nn.Identity()

    def groups(self, targets):
        return [[i] for i in range(len(targets))]

    def frozen(self):
        return frozen(self.model)

    def forward(self, images, targets):
        self.forwards += 1
        return torch.stack(list(images))


class Function(BaseObjective):
    """An objective given as a function of one image."""

    def __init__(self, function, name='function'):
        self.function = function
        self.name = name

    def loss(self, outputs, state):
        return torch.stack([self.function(image) for image in outputs])


def square(image):
    return image.square().sum()


def attack(objectives, rules=(), perturbation=None, **kwargs):
    return IterativeAttack(
        perturbation or Offset(), objectives, rules, balance=False, **kwargs)


def run_one(attacker, victim=None, pixels=(1., 2.)):
    image = torch.tensor(pixels, dtype=torch.float64)
    return attacker.run(victim or Pixels(), [image], [None], [0])[0]


def test_three_steps_by_hand():
    """x = (1, 2): the offset p descends sum (x + p)^2, dp = -0.1 * 2 sum."""
    result = run_one(attack([Function(square)], steps=3))
    first = 0.
    second = first - 0.1 * 2 * (1 + first + 2 + first)
    third = second - 0.1 * 2 * (1 + second + 2 + second)
    wanted = [(1 + p)**2 + (2 + p)**2 for p in (first, second, third)]
    assert result.summed_losses == pytest.approx(wanted, rel=1e-12)
    assert result.losses == dict(function=result.summed_losses)
    assert float(result.params) == pytest.approx(third, rel=1e-12)
    assert result.image.tolist() == pytest.approx([1 + third, 2 + third])
    assert result.best_step == 3
    assert float(result.initial_params) == 0.
    assert result.flags == []


def test_weights_count_in_sum_and_direction():
    objectives = [Function(square, 'a'), Function(torch.sum, 'b')]
    result = run_one(attack(objectives, steps=2, weights=[2., -3.]))
    # gradient 2 * 2 * sum x - 3 * 2 = 12 - 6 over both pixels
    assert float(result.params) == pytest.approx(-0.6, rel=1e-12)
    assert result.losses['a'][0] == 5.
    assert result.losses['b'][0] == 3.
    assert result.summed_losses[0] == 2 * 5. - 3 * 3.


def test_without_balance_one_backward_pass_does_for_all(monkeypatch):
    calls = []
    own = torch.autograd.grad

    def counted(*args, **kwargs):
        calls.append(1)
        return own(*args, **kwargs)

    monkeypatch.setattr(torch.autograd, 'grad', counted)
    counts = []
    for balance in (False, True):
        objectives = [Function(square, 'a'), Function(torch.sum, 'b')]
        attacker = IterativeAttack(
            Offset(), objectives, (), steps=2, balance=balance)
        del calls[:]
        run_one(attacker)
        counts.append(len(calls))
    assert counts[1] == counts[0] + 1


def test_in_turn_each_step_descends_one_objective():
    """The inner loop of Algorithm 2: a forward pass for each of them."""
    objectives = [Function(square, 'a'), Function(torch.sum, 'b')]
    victim = Pixels()
    attacker = attack(objectives, steps=4, keep='last', in_turn=True)
    result = run_one(attacker, victim)
    # a: 2 * (1 + 2) = 6 over both pixels, so x - 0.6; b: 2, so x - 0.2;
    # a again: 2 * (0.2 + 1.2) = 2.8; b again
    assert float(result.params) == pytest.approx(-(0.6 + 0.2 + 0.28 + 0.2))
    assert victim.forwards == 4
    # both are noted at every step, whoever's turn it is
    assert result.losses['b'] == pytest.approx([3., 1.8, 1.4, 0.84])


def test_balance_divides_each_gradient_by_its_mean_magnitude():
    objectives = [Function(square, 'a'), Function(lambda x: 100 * x[0], 'b')]
    attacker = IterativeAttack(Offset(), objectives, (), steps=2)
    result = run_one(attacker)
    # a: (2, 4) / 3, b: (100, 0) / 50; summed over the two pixels 2 + 2
    assert float(result.params) == pytest.approx(-0.4, rel=1e-12)


def test_the_best_step_is_that_of_the_balanced_sum():
    """One objective in millions, the other in ones, steps against both.

    a = 1e6 |x0| falls, then overshoots zero; b = -x0 pulls on. Added up as
    they are, a alone would choose.
    """
    objectives = [
        Function(lambda x: 1e6 * x[0].abs(), 'a'),
        Function(lambda x: x[0], 'b')
    ]
    attacker = IterativeAttack(Offset(0.15), objectives, (), steps=4)
    result = run_one(attacker, pixels=(1., 2.))
    # mean gradients 5e5 and 0.5, so both step by 0.15 * 2: 1, 0.4, -0.2, -0.2
    assert result.losses['b'] == pytest.approx([1., 0.4, -0.2, -0.2])
    assert result.losses['a'] == pytest.approx([1e6, 4e5, 2e5, 2e5])
    assert result.summed_losses == pytest.approx([4., 1.6, 0., 0.])
    assert result.best_step == 3


def test_an_objective_counts_from_its_first_gradient_on():
    late = Function(lambda x: torch.relu(0.5 - x[0]) * 1e6, 'late')
    attacker = IterativeAttack(
        Offset(0.15), [Function(lambda x: x[0], 'a'), late], (), steps=4)
    result = run_one(attacker, pixels=(1., 2.))
    # 1, 0.7, 0.4, then the late one pushes back as hard as a pulls
    assert result.losses['a'] == pytest.approx([1., 0.7, 0.4, 0.4])
    # late is worth (0.5 - 0.4) * 1e6 / 5e5
    assert result.summed_losses == pytest.approx([2., 1.4, 1.0, 1.0])
    assert result.best_step == 3


class Doubled(Pixels):
    """A victim of two features, twice the pixels and their squares."""

    class Outputs(list):
        model = nn.Identity()

        def cut_features(self):
            leaves = tuple(one.detach().requires_grad_() for one in self)
            cut, self[:] = FeatureCut(tuple(self), leaves), leaves
            return cut

    def forward(self, images, targets):
        self.forwards += 1
        whole = torch.stack(list(images))
        return self.Outputs([2 * whole, whole.square()])


class OfFeatures(BaseObjective):

    def __init__(self, name, function):
        self.name, self.function = name, function

    def loss(self, outputs, state):
        return self.function(*outputs).sum(1)


def test_balance_where_gradients_enter_the_features(monkeypatch):
    """Pixels (1, 2), features f = (2, 4) and g = (1, 4).

    a = 10 f has df = (10, 10) of mean 20 / 4; b = g has dg = (1, 1) of mean
    2 / 4. In pixels they are (20, 20) / 5 and (2, 4) / 0.5.
    """
    calls = []
    own = torch.autograd.grad
    monkeypatch.setattr(torch.autograd, 'grad',
                        lambda *args, **k: calls.append(1) or own(*args, **k))
    objectives = [
        OfFeatures('a', lambda f, g: 10 * f),
        OfFeatures('b', lambda f, g: g)
    ]
    attacker = IterativeAttack(
        Offset(), objectives, (), steps=2, balance='features')
    result = run_one(attacker, Doubled())
    # (4 + 4, 4 + 8) of mean 10, summed over the pixels
    assert float(result.params) == pytest.approx(-0.1 * 2)
    assert len(calls) == 2 + 1 + 1, 'one of each, the features, the offset'
    assert result.losses['b'] == pytest.approx([5., 0.8**2 + 1.8**2])
    assert result.summed_losses[0] == pytest.approx(60 / 5 + 5 / 0.5)


def test_balance_at_features_that_cannot_be_cut():

    class Whole(Doubled):

        class Outputs(list):
            model = nn.Identity()

            def cut_features(self):
                return None

    objectives = [
        OfFeatures('a', lambda f, g: 10 * f),
        OfFeatures('b', lambda f, g: g)
    ]
    found = [
        run_one(
            IterativeAttack(Offset(), objectives, (), 2, balance=balance),
            Whole()).summed_losses for balance in (True, 'features')
    ]
    assert found[0] == found[1]


def test_an_objective_that_reaches_images_past_the_features():
    victim = Doubled()
    seen = []
    forward = victim.forward

    def noted(images, targets):
        seen[:] = images
        return forward(images, targets)

    victim.forward = noted
    objectives = [
        OfFeatures('a', lambda f, g: f),
        OfFeatures('b', lambda f, g: torch.stack(seen))
    ]
    attacker = IterativeAttack(
        Offset(), objectives, (), steps=2, balance='features')
    with pytest.raises(ValueError, match='objective 1 .* another way'):
        run_one(attacker, victim)


def test_balance_and_stop_are_checked():
    with pytest.raises(ValueError, match="True, False or 'features'.*'maps'"):
        IterativeAttack(Offset(), [Function(square)], balance='maps')
    with pytest.raises(ValueError, match=r"\['function'\], but got \['rap'\]"):
        IterativeAttack(Offset(), [Function(square)], stop=dict(rap=0.))


@pytest.mark.parametrize('keep', ['best', 'last'])
def test_an_image_stops_when_nothing_is_left(keep):
    """Pixels fall by 0.1 a step, until they pass a mark; the last has none."""

    class Together(Pixels):

        def groups(self, targets):
            return [list(range(len(targets)))]

    class Rest(BaseObjective):
        name = 'rest'

        def prepare(self, outputs, generators):
            return [0.65, 1.55, 0.]

        def loss(self, outputs, state):
            return torch.relu(outputs[:, 0] - torch.tensor(state))

    victim = Together()
    attacker = attack([Rest()], steps=8, keep=keep, stop=dict(rest=0.01))
    images = [torch.tensor([x], dtype=torch.float64) for x in (1., 2., 1.)]
    found = attacker.run(victim, images, [None] * 3, [0, 1, 2])
    assert [len(one.summed_losses) for one in found] == [5, 6, 8]
    # at the fifth step 0.6, at the sixth 1.5; the last one goes on
    assert [float(one.image) for one in found[:2]] == pytest.approx([0.6, 1.5])
    assert [one.best_step for one in found] == [5, 6, 8]
    assert float(
        found[2].image) == pytest.approx(0.3 if keep == 'best' else 0.2)
    assert victim.forwards == 8


@pytest.mark.parametrize('objective', ['RAPObjective', 'DAGObjective'])
def test_what_moves_the_image_and_what_keeps_places_of_it(objective):
    objectives = [dict(type=f'mmadvrain.{objective}')]
    rules = [dict(type='mmadvrain.DiverseInputRule')]
    with pytest.raises(ValueError, match=f'moves the image, but {objective}'):
        attack(objectives, rules)


class Double(BaseRule):

    def __call__(self, grad, state):
        return 2 * grad, state


def test_rules_act_in_order():
    sign_last = run_one(
        attack([Function(square)], [MomentumRule(), SignRule()], steps=2))
    sign_first = run_one(
        attack([Function(square)], [SignRule(), MomentumRule()], steps=2))
    assert float(sign_last.params) == pytest.approx(-0.2)
    assert float(sign_first.params) == pytest.approx(-0.2)
    double = run_one(
        attack([Function(square)], [Double(), SignRule()], steps=2))
    assert float(double.params) == pytest.approx(-0.2)
    undone = run_one(
        attack([Function(square)], [SignRule(), Double()], steps=2))
    assert float(undone.params) == pytest.approx(-0.4)


def test_best_image_is_returned_not_the_last():
    """Steps that overshoot: the curve falls, then rises."""
    result = run_one(
        attack([Function(square)], steps=5, perturbation=Offset(0.6)))
    lowest = min(range(5), key=result.summed_losses.__getitem__)
    assert result.summed_losses[-1] > min(result.summed_losses)
    assert result.best_step == lowest + 1
    assert float(square(result.image)) == pytest.approx(
        result.summed_losses[lowest], rel=1e-12)


def test_last_keeps_what_s_steps_lead_to():
    """One step of FGSM moves, as the first of three by hand does."""
    result = run_one(attack([Function(square)], steps=1, keep='last'))
    assert torch.allclose(result.image, torch.tensor([0.4, 1.4]).double())
    assert result.best_step == 1
    assert len(result.summed_losses) == 1


class Shift(BaseRule):
    """Shows the image on a larger canvas, at a random place."""

    def place(self, size_hw, generator):
        top = int(torch.randint(0, 3, (), generator=generator))
        return ResizePad(size_hw, (top, 1), (size_hw[0] + 2, size_hw[1] + 1))


def test_victim_sees_and_is_told_what_a_rule_did():
    seen = []

    class Witness(Pixels):

        def moved(self, target, place, size_hw):
            assert size_hw == (2, 2)
            return place

        def forward(self, images, targets):
            seen.append((images[0].detach(), targets[0]))
            return images

    attacker = attack([Function(square)], [Shift()], Offset(0.01), steps=4)
    clean = torch.rand(3, 2, 2).double()
    result = attacker.run(Witness(), [clean], [None], [7])[0]
    assert [image.shape for image, _ in seen] == [(3, 4, 3)] * 4
    places = [place.offset[0] for _, place in seen]
    assert len(set(places)) > 1
    for image, place in seen[:1]:
        top = place.offset[0]
        assert torch.equal(image[:, top:top + 2, 1:], clean)
    # the gradient is that of the image as it is
    assert result.image.shape == clean.shape
    assert result.image.square().sum() < clean.square().sum()
    again = attacker.run(Witness(), [clean], [None], [7])[0]
    assert [place.offset[0] for _, place in seen[4:]] == places
    assert torch.equal(again.image, result.image)


def test_one_step_returns_the_start():
    result = run_one(attack([Function(square)], steps=1))
    assert result.image.tolist() == [1., 2.]
    assert len(result.summed_losses) == 1


@pytest.mark.parametrize('steps', [1, 4])
def test_one_forward_pass_a_step_serves_all_objectives(steps):
    victim = Pixels()
    objectives = [Function(square, 'a'), Function(torch.sum, 'b')]
    run_one(attack(objectives, steps=steps), victim)
    assert victim.forwards == steps


def test_clean_pass_only_where_an_objective_wants_it():

    class Curious(Function):
        needs_clean = True

        def prepare(self, outputs, generators):
            assert not outputs.requires_grad
            self.seen = outputs.clone()
            return 'state'

        def loss(self, outputs, state):
            assert state == 'state'
            return super().loss(outputs, state)

    victim = Pixels()
    curious = [Curious(square, 'a'), Curious(torch.sum, 'b')]
    run_one(attack(curious, steps=2), victim)
    assert victim.forwards == 3
    assert curious[1].seen.tolist() == [[1., 2.]]


def test_generators_are_private_to_image_and_objective():

    class Drawing(Function):

        def prepare(self, outputs, generators):
            self.drawn = [
                float(torch.rand((), generator=g)) for g in generators
            ]

    def draws(seed, keys):
        objectives = [Drawing(square, 'a'), Drawing(square, 'b')]
        found = []
        attacker = attack(objectives, steps=1, seed=seed)
        for key in keys:
            attacker.run(Pixels(), [torch.ones(2)], [None], [key])
            found.append((objectives[0].drawn[0], objectives[1].drawn[0]))
        return found

    first = draws(0, ['x', 'y'])
    assert first[0][0] != first[0][1]
    assert first[0] != first[1]
    assert draws(0, ['y', 'x']) == first[::-1]
    assert draws(1, ['x', 'y']) != first


def test_momentum_does_not_leak_into_the_next_image():
    attacker = attack([Function(square)], [MomentumRule()], steps=4)
    alone = run_one(attacker, pixels=(0.3, -2.))
    run_one(attacker, pixels=(5., 5.))
    after = run_one(attacker, pixels=(0.3, -2.))
    assert torch.equal(alone.image, after.image)
    images = [
        torch.tensor(p, dtype=torch.float64) for p in ((5., 5.), (0.3, -2.))
    ]
    both = attacker.run(Pixels(), images, [None] * 2, [1, 0])
    assert torch.equal(both[1].image, alone.image)
    assert both[1].summed_losses == alone.summed_losses


def test_nan_gradient_is_flagged_and_dropped():
    """The square root's slope at 0 is infinite; times 0 it is NaN."""
    result = run_one(
        attack([Function(lambda x: (0 * x).sqrt().sum())], steps=3))
    assert 'nan_gradient' in result.flags
    assert result.image.tolist() == [1., 2.]
    assert torch.isfinite(result.image).all()


@pytest.mark.parametrize('bad', [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_flagged_and_never_best(bad):
    calls = []

    def loss(image):
        calls.append(1)
        return square(image) + (bad if len(calls) == 2 else 0.)

    result = run_one(attack([Function(loss)], steps=3))
    assert 'nan_loss' in result.flags
    assert result.best_step == 3


def test_nan_from_the_first_step_on_ends_with_the_start():
    result = run_one(attack([Function(lambda x: x.sum() * math.nan)], steps=3))
    assert {'nan_loss', 'nan_gradient'} <= set(result.flags)
    assert result.best_step == 1
    assert result.image.tolist() == [1., 2.]


@pytest.mark.parametrize(
    'function',
    [
        lambda x: 0 * x.sum(),  # a gradient of zeros
        lambda x: torch.tensor(1.),  # none at all
        lambda x: x.sum().detach(),
    ])
def test_zero_gradient_is_flagged(function):
    result = run_one(attack([Function(function)], [MomentumRule()], steps=3))
    assert result.flags == ['zero_gradient']
    assert result.image.tolist() == [1., 2.]


def test_weight_zero_watches_without_pushing():
    objectives = [Function(square, 'a'), Function(torch.sum, 'b')]
    result = run_one(attack(objectives, steps=2, weights=[0., 1.]))
    assert float(result.params) == pytest.approx(-0.2)
    assert len(result.losses['a']) == 2


@pytest.mark.parametrize('kwargs, match', [
    (dict(steps=0), '`steps` must be a positive int, got 0'),
    (dict(steps=2.5), '`steps` must be a positive int, got 2.5'),
    (dict(weights=[1., 2.]), 'one entry an objective, 1, but got 2'),
])
def test_bad_options(kwargs, match):
    with pytest.raises(ValueError, match=match):
        attack([Function(square)], **kwargs)


def test_bad_objectives():
    with pytest.raises(ValueError, match='at least one objective, got 0'):
        attack([])
    with pytest.raises(ValueError, match='must have different names'):
        attack([Function(square), Function(torch.sum)])


@pytest.mark.parametrize('part, known', [('objectives', 'RAPObjective'),
                                         ('rules', 'SignRule')])
def test_unknown_types_are_named_beside_those_there_are(part, known):
    parts = dict(objectives=[Function(square)], rules=[])
    parts[part] = [dict(type='mmadvrain.NoSuchThing')]
    with pytest.raises(ValueError, match=f'no .*NoSuchThing.* are .*{known}'):
        IterativeAttack(Offset(), **parts)


def test_lists_must_be_as_long_as_each_other():
    with pytest.raises(ValueError, match='got 1, 2 and 1'):
        attack([Function(square)]).run(Pixels(), [torch.ones(2)], [0, 0], [0])


# ---------------------------------------------------------------------------
# rain on a classifier
# ---------------------------------------------------------------------------


class Classifier(nn.Module):

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 5, stride=2), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Dropout(0.5), nn.Conv2d(8, 8, 3), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4))

    def forward(self, images):
        return 10 * self.layers(images)


class ClassifierVictim(Pixels):
    """Images of one size share a forward pass, if they may."""

    def __init__(self, limit=1):
        super().__init__()
        with torch.random.fork_rng([]):
            torch.manual_seed(0)
            self.model = Classifier()
        self.limit = limit

    def groups(self, targets):
        sizes = {}
        for i, (_, size_hw) in enumerate(targets):
            sizes.setdefault(size_hw, []).append(i)
        return [
            same[at:at + self.limit] for same in sizes.values()
            for at in range(0, len(same), self.limit)
        ]

    def forward(self, images, targets):
        self.forwards += 1
        assert not self.model.training
        labels = torch.tensor([label for label, _ in targets])
        return self.model(torch.stack(list(images))), labels


class CrossEntropy(BaseObjective):
    """Algorithm 1: the cross-entropy is climbed."""
    name = 'cross_entropy'

    def loss(self, outputs, state):
        return -nn.functional.cross_entropy(*outputs, reduction='none')


SIZES = [(40, 48), (32, 60), (40, 48), (36, 36)]


def rainy_attack(**kwargs):
    layer = RainPerturbation(init=UniformFactors(density=0.02))
    return IterativeAttack(layer, [CrossEntropy()], **kwargs)


def pictures():
    generator = torch.Generator().manual_seed(1)
    images = [torch.rand(3, *size, generator=generator) for size in SIZES]
    return images, [(i % 4, size) for i, size in enumerate(SIZES)]


def assert_same_results(first, second):
    for a, b in zip(first, second):
        assert torch.equal(a.image, b.image)
        assert torch.equal(a.params.kernels, b.params.kernels)
        assert torch.equal(a.params.theta, b.params.theta)
        assert a.summed_losses == b.summed_losses
        assert a.flags == b.flags


def test_rain_on_a_classifier_beats_the_rain_it_began_with():
    images, targets = pictures()
    results = rainy_attack(steps=15).run(ClassifierVictim(), images, targets,
                                         range(4))
    for image, result in zip(images, results):
        assert result.summed_losses[result.best_step - 1] == min(
            result.summed_losses)
        assert min(result.summed_losses) < result.summed_losses[0]
        assert result.image.shape == image.shape
        assert 0 <= float(result.image.min())
        assert float(result.image.max()) <= 1
        assert not result.image.requires_grad
        assert not result.flags


def test_a_result_depends_on_no_batch_mate_and_no_order():
    images, targets = pictures()
    attacker, keys = rainy_attack(steps=3), ['a', 'b', 'c', 'd']
    together = attacker.run(ClassifierVictim(), images, targets, keys)
    alone = [
        attacker.run(ClassifierVictim(), [i], [t], [k])[0]
        for i, t, k in zip(images, targets, keys)
    ]
    assert_same_results(together, alone)
    order = [2, 0, 3, 1]
    shuffled = attacker.run(ClassifierVictim(), [images[i] for i in order],
                            [targets[i] for i in order],
                            [keys[i] for i in order])
    assert_same_results(shuffled, [together[i] for i in order])


def test_a_shared_forward_pass_changes_rounding_only():
    images, targets = pictures()
    attacker = rainy_attack(steps=2)
    alone = attacker.run(ClassifierVictim(1), images, targets, range(4))
    victim = ClassifierVictim(4)
    shared = attacker.run(victim, images, targets, range(4))
    assert victim.forwards == 2 * 3  # three sizes
    for a, b in zip(alone, shared):
        assert a.summed_losses == pytest.approx(b.summed_losses, rel=1e-3)


def test_seed_and_key_decide_the_rain():
    images, targets = pictures()

    def rain(seed, key):
        result, = rainy_attack(
            steps=1, seed=seed).run(ClassifierVictim(), images[:1],
                                    targets[:1], [key])
        return result.params.positions

    assert torch.equal(rain(0, 1), rain(0, 1))
    assert not torch.equal(rain(0, 1), rain(0, 2))
    assert not torch.equal(rain(0, 1), rain(1, 1))


@pytest.mark.parametrize('fails', [False, True])
def test_leaves_no_trace(fails):
    images, targets = pictures()
    victim = ClassifierVictim()
    model = victim.model.train()
    model.layers[3].eval()
    model.layers[0].weight.requires_grad_(False)
    modes = [m.training for m in model.modules()]
    state = {k: v.clone() for k, v in model.state_dict().items()}
    before = [image.clone() for image in images]
    torch.manual_seed(3)
    random_state = torch.get_rng_state()

    class Failing(CrossEntropy):

        def loss(self, outputs, state):
            torch.rand(7)
            if fails and victim.forwards == 2:
                raise RuntimeError('on purpose')
            return super().loss(outputs, state)

    attacker = IterativeAttack(
        RainPerturbation(init=UniformFactors(density=0.02)), [Failing()],
        steps=3)
    with torch.no_grad():  # as in a test loop
        if fails:
            with pytest.raises(RuntimeError, match='on purpose'):
                attacker.run(victim, images, targets, range(4))
        else:
            attacker.run(victim, images, targets, range(4))
        assert not torch.is_grad_enabled()
    assert [m.training for m in model.modules()] == modes
    assert not model.layers[0].weight.requires_grad
    assert model.layers[0].bias.requires_grad
    for name, value in model.state_dict().items():
        assert torch.equal(value, state[name])
    assert all(weight.grad is None for weight in model.parameters())
    for image, copy in zip(images, before):
        assert torch.equal(image, copy) and not image.requires_grad
    assert torch.equal(torch.get_rng_state(), random_state)
    assert targets == pictures()[1]


def test_an_image_too_small_for_a_drop_stays_as_it_is():
    """And the victim's gradient is not to blame: no flag of the loop."""
    layer = RainPerturbation(init=UniformFactors(density=0.001))
    image = torch.full((3, 22, 19), 0.5)
    result, = IterativeAttack(
        layer, [CrossEntropy()], steps=3).run(ClassifierVictim(), [image],
                                              [(0, (22, 19))], [0])
    assert len(result.params) == 0
    assert torch.equal(result.image, image)
    assert result.flags == []
    assert all(map(math.isfinite, result.summed_losses))
