"""Every flag is raised by its cause, and by nothing else."""
import inspect
import math
import re
from pathlib import Path

import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

from mmadvrain.attacks import image_run
from mmadvrain.datasets import image_header, native_images
from mmadvrain.datasets.native_images import NativeSample
from mmadvrain.engine.hooks.attack_check_hook import AttackCheckHook
from mmadvrain.perturbations.base_perturbation import BasePerturbation
from mmadvrain.perturbations.noise import Noise
from mmadvrain.perturbations.noise_perturbation import NoisePerturbation
from mmadvrain.perturbations.rain_perturbation import RainPerturbation
from mmadvrain.rain.bounds import RainBounds
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.structures.attack_result import AttackResult

DOCS = Path(__file__).parents[3] / 'docs' / 'flags.md'


@pytest.fixture
def sample():
    target = DetDataSample(metainfo=dict(img_id=1))
    target.gt_instances = InstanceData(
        bboxes=torch.tensor([[0., 0., 5., 5.]]), labels=torch.zeros(1).long())
    return NativeSample(1, 'one', torch.full((3, 20, 30), 0.5), target)


@pytest.fixture
def result(sample):
    factors = UniformFactors(density=0.02).draw(
        (20, 30),
        torch.Generator().manual_seed(0))
    image = sample.image.clone()
    image[:, 3, 4] = 0.9
    return AttackResult(image, factors, factors.clone(), dict(a=[2., 1.]),
                        [2., 1.], 2)


def check(sample, result, **options):
    kind = NoisePerturbation if isinstance(result.params,
                                           Noise) else RainPerturbation
    return AttackCheckHook(**options).check(sample, result, kind())


def test_nothing_is_raised_where_all_is_well(sample, result):
    assert check(sample, result) == []


def nan_image(sample, result):
    result.image[0, 0, 0] = math.nan


def infinite_image(sample, result):
    result.image[0, 0, 0] = math.inf


def too_bright(sample, result):
    result.image[0, 0, 0] = 1.001


def too_dark(sample, result):
    result.image[0, 0, 0] = -0.001


def as_before(sample, result):
    result.image = sample.image + 0.001  # a quarter of a grey level


def no_objects(sample, result):
    sample.target.gt_instances = sample.target.gt_instances[:0]


def no_progress(sample, result):
    result.best_step = 1


def large(factor, value):

    def change(sample, result):
        values = getattr(result.params, factor).clone()
        values.view(-1)[0] = value
        result.params = result.params.replace(**{factor: values})

    return change


def more_drops(sample, result):
    few = result.params
    result.initial_params = few.replace(
        positions=few.positions[1:],
        noise=few.noise[1:],
        kernels=few.kernels[1:])


@pytest.mark.parametrize('change, flag', [
    (nan_image, 'not_finite'),
    (infinite_image, 'not_finite'),
    (too_bright, 'out_of_range'),
    (too_dark, 'out_of_range'),
    (as_before, 'unchanged'),
    (no_objects, 'no_objects'),
    (no_progress, 'no_progress'),
    (large('noise', 1.01), 'out_of_bounds'),
    (large('noise', 0.69), 'out_of_bounds'),
    (large('kernels', 0.31), 'out_of_bounds'),
    (large('kernels', -0.01), 'out_of_bounds'),
    (large('theta', 0.21), 'out_of_bounds'),
    (large('kernels', math.nan), 'out_of_bounds'),
    (more_drops, 'out_of_bounds'),
])
def test_one_flag_for_one_cause(change, flag, sample, result):
    change(sample, result)
    assert check(sample, result) == [flag]


def test_rain_brighter_than_a_camera_sees_it_is_flagged(sample, result):
    layer, hook = RainPerturbation(camera='coco'), AttackCheckHook()
    for weight, flags in ((.3, ['implausible_rain']), (.15, [])):
        kernels = torch.full_like(result.params.kernels, weight)
        result.params = result.params.replace(
            kernels=kernels, bounds=RainBounds(kernels=(0., .3)))
        assert hook.check(sample, result, layer) == flags
    # each record has the weather
    found = layer.magnitude(result.params)
    assert found['implausible'] == 0 and found['rate_mm_h'] > 0


def test_rounding_is_no_breach(sample, result):
    large('noise', 1 + 1e-5)(sample, result)
    assert check(sample, result) == ['out_of_bounds']
    assert check(sample, result, tolerance=1e-4) == []


def test_a_single_step_cannot_make_progress(sample, result):
    result.best_step, result.summed_losses = 1, [2.]
    assert check(sample, result) == []


def noisy(sample, result, change, **limits):
    """A pixel in ten is changed, which is 10 dB less than all of them."""
    values = torch.zeros(3, 20, 30)
    values[:, ::2, ::5] = change
    result.params = result.initial_params = Noise(values, **limits)
    result.image = sample.image + values


@pytest.mark.parametrize('change, limits, flags', [
    (16 / 255, dict(epsilon=16 / 255), []),
    (-16 / 255, dict(epsilon=16 / 255), []),
    (17 / 255, dict(epsilon=16 / 255), ['out_of_bounds']),
    (17 / 255, dict(), []),
    (0.1, dict(min_psnr=29.99), []),
    (0.1, dict(min_psnr=30.01), ['out_of_bounds']),
    (0.1, dict(epsilon=0.2, min_psnr=30.01), ['out_of_bounds']),
])
def test_limits_of_noise(sample, result, change, limits, flags):
    noisy(sample, result, change, **limits)
    assert check(sample, result) == flags


def test_noise_is_checked_by_the_image_it_made(sample, result):
    noisy(sample, result, 0.05, epsilon=0.05)
    result.image[0, 0, 0] += 0.01
    assert check(sample, result) == ['out_of_bounds']


def test_other_perturbations_have_no_bounds_to_check(sample, result):

    class Unbounded(RainPerturbation):
        violations = BasePerturbation.violations

    large('noise', 1.01)(sample, result)
    assert AttackCheckHook().check(sample, result, Unbounded()) == []


def test_flags_join_those_of_the_loop_once(sample, result):
    result.flags = ['zero_gradient', 'no_progress']
    no_progress(sample, result)
    no_objects(sample, result)
    AttackCheckHook().after_attack_iter(None, 0, [sample], [result], None,
                                        RainPerturbation())
    assert result.flags == ['zero_gradient', 'no_progress', 'no_objects']


def raised_in_code():
    checks = re.findall(r'^            (\w+)=',
                        inspect.getsource(AttackCheckHook.check), re.M)
    for kind in (RainPerturbation, NoisePerturbation):
        checks += re.findall(r"\['(\w+)'\]$",
                             inspect.getsource(kind.violations), re.M)
    loop = re.findall(r"flag\('(\w+)'\)", inspect.getsource(image_run))
    data = re.findall(
        r"flags\.append\('(\w+)'\)",
        inspect.getsource(image_header) + inspect.getsource(native_images))
    assert len(checks) >= 6 and len(loop) >= 3 and len(data) == 2
    return {*checks, *loop, *data}


def test_docs_and_code_name_the_same_flags():
    text = DOCS.read_text()
    sections = re.split(r'^## ', text, flags=re.M)[1:]
    titles = [section.splitlines()[0].strip('`') for section in sections]
    assert len(set(titles)) == len(titles)
    assert set(titles) == raised_in_code()
    for section in sections:
        for part in ('- Raised if: ', '- It means: ', '- What to do: '):
            assert section.count(part) == 1, section.splitlines()[0]
