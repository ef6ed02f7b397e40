import copy
from collections.abc import Sequence
from typing import TypeVar, cast

import torch
from torch import Tensor

from mmadvrain.functional.resize_pad import resize_pad
from mmadvrain.perturbations.base_perturbation import BasePerturbation
from mmadvrain.registry import TASK_UTILS, build_part
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.structures.params import Params
from mmadvrain.typing import Image, ImageKey, SizeHW
from mmadvrain.utils.random import private_generator
from mmadvrain.victims.attacked_model import AttackedModel, OutputsT, SampleT

from .gradients import find_cut, gradients
from .image_run import ImageRun
from .objectives.base_objective import BaseObjective
from .rules import BaseRule

PartT = TypeVar('PartT')


@TASK_UTILS.register_module()
class IterativeAttack:
    """The one loop over steps: objective -> rules -> perturbation.

    Source: Algorithms 1 and 2 of the paper. Objectives are minimised. In
    each step one forward pass serves all of them; each gives one image
    gradient, they are added up, the rules turn the sum into a direction, and
    the perturbation descends along it. What the victim is, only victim and
    objectives know. Differs from the algorithms in: the gradients are added
    before the factors step, where Algorithm 2 lets the factors step after
    each.

    Args:
        perturbation: What is optimised, e.g. :class:`RainPerturbation`, or its
            config.
        objectives: What is minimised, e.g. :class:`DetectorLossObjective`, or
            their configs.
        rules: Gradient rules in the order they act, or their configs. Defaults
            to momentum alone; the rain layer steps by the sign of what reaches
            its factors.
        steps: Number of forward passes S. Defaults to 20.
        keep: Which image is returned. ``'best'`` is the one of the S forward
            passes with the smallest sum of the objectives, as in the
            algorithms, each as its gradient counts in the direction;
            ``'last'`` is the one after S steps, as FGSM and its kin have it.
            Defaults to ``'best'``.
        weights: Weight of each objective, both in the sum and in the
            direction. None gives each 1.
        balance: Divide the gradient of each objective by its mean magnitude
            before adding, so that none drowns another; in the sum an
            objective is divided by that of its first gradient. True looks at
            the gradient of the image, which takes a backward pass through the
            whole victim an objective. ``'features'`` looks at that of the
            detector's feature maps, behind which one backward pass does for
            all; where an objective needs more than these maps (stages of the
            backbone, or a backbone that is another one in training), and for
            classifiers, it is as True and the log says so. Defaults to True.
        in_turn: Whether factors step after each objective instead of after
            their sum, as the inner loop of Algorithm 2 of the paper reads
            literally: a step descends one objective, each in its turn, and
            the paper's S rounds of J objectives are S times J steps. Defaults
            to False.
        seed: Seed of all random draws, which also depend on the key of the
            image and on nothing else. Defaults to 0.
        stop: Values of objectives, by name, at or below which nothing of an
            image is left to attack. It takes no further step then, and the
            image of this step is returned. ``dict(margin=0)``, of
            :class:`MarginObjective`, asks that among the proposals that count
            every one leads by its ``margin`` for another class. None takes
            all steps. Defaults to None.

    Raises:
        ValueError: If a number is out of range, there is no objective, or
            no part of a given name, or a rule moves the image and an
            objective keeps places of it.
    """

    def __init__(self,
                 perturbation: dict | BasePerturbation,
                 objectives: Sequence[dict | BaseObjective],
                 rules: Sequence[dict | BaseRule] = (dict(
                     type='mmadvrain.MomentumRule'), ),
                 steps: int = 20,
                 keep: str = 'best',
                 weights: Sequence[float] | None = None,
                 balance: bool | str = True,
                 in_turn: bool = False,
                 seed: int = 0,
                 stop: dict[str, float] | None = None) -> None:

        if not isinstance(steps, int) or steps < 1:
            raise ValueError(f'`steps` must be a positive int, got {steps}')
        if keep not in ('best', 'last'):
            raise ValueError("`keep` must be 'best' or 'last', but got "
                             f'{keep!r}')
        if balance not in (True, False, 'features'):
            raise ValueError("`balance` must be True, False or 'features', "
                             f'but got {balance!r}')
        if not objectives:
            raise ValueError('an attack wants at least one objective, got 0')
        if weights is not None and len(weights) != len(objectives):
            raise ValueError(f'`weights` must have one entry an objective, '
                             f'{len(objectives)}, but got {len(weights)}')
        self.perturbation = build_part(perturbation, BasePerturbation)
        self.objectives = [
            build_part(part, BaseObjective) for part in objectives
        ]
        self.rules = [build_part(rule, BaseRule) for rule in rules]
        self.steps = steps
        self.keep = keep
        self.weights = list(weights or [1.] * len(self.objectives))
        self.balance = balance
        self.in_turn = in_turn
        self.seed = seed
        self.stop = dict(stop or {})
        self._check_places()
        names = [objective.name for objective in self.objectives]
        if len(set(names)) < len(names):
            raise ValueError(f'objectives must have different names, so that '
                             f'their curves can be told apart, got {names}')
        if not set(self.stop) <= set(names):
            raise ValueError(f'`stop` must name objectives, {names}, but got '
                             f'{sorted(self.stop)}')

    def _check_places(self) -> None:
        """Refuse what moves the image beside what remembers places of it."""
        movers = [
            type(rule).__name__ for rule in self.rules
            if type(rule).place is not BaseRule.place
        ]
        holders = [
            type(objective).__name__ for objective in self.objectives
            if objective.needs_clean
        ]
        if movers and holders:
            raise ValueError(
                f'{movers[0]} moves the image, but {holders[0]} keeps places '
                'of the clean one, which would be left behind: leave out one '
                'of the two')

    def run(self, victim: AttackedModel[SampleT, OutputsT],
            images: Sequence[Image], targets: Sequence[SampleT],
            keys: Sequence[ImageKey]) -> list[AttackResult]:
        """Attack images of any sizes; each as if it were alone.

        Args:
            victim: The model under attack, e.g. :class:`DetectorVictim`.
            images: Clean images. Not changed.
            targets: What the victim's objectives need to know of each image.
                Not changed.
            keys: Identity of each image; with the seed it decides every random
                draw.

        Returns:
            In the order of the images.
        """
        if not len(images) == len(targets) == len(keys):
            raise ValueError('images, targets and keys must be as many, but '
                             f'got {len(images)}, {len(targets)} and '
                             f'{len(keys)}')
        results: dict[int, AttackResult] = {}
        for group in victim.groups(targets):
            with victim.frozen():
                attacked = self._run_group(
                    victim, [images[i].to(victim.device) for i in group],
                    [targets[i] for i in group], [keys[i] for i in group])
            results.update(zip(group, attacked))
        return [results[i] for i in range(len(images))]

    def rehearse(self, victim: AttackedModel[SampleT, OutputsT], image: Image,
                 target: SampleT) -> AttackResult:
        """Raise now what would be raised when images are attacked.

        One whole step on one image: forwards through every objective,
        backwards, and by the rules.

        Args:
            victim: As for :meth:`run`.
            image: A clean image.
            target: What the objectives need to know of it.

        Returns:
            The image after the step.
        """
        short = copy.copy(self)
        short.steps, short.keep = 1, 'last'
        return short.run(victim, [image], [target], ['rehearsal'])[0]

    def _run_group(self, victim: AttackedModel[SampleT, OutputsT],
                   clean: list[Image], targets: list[SampleT],
                   keys: list[ImageKey]) -> list[AttackResult]:
        params: list[Params] = [
            self.perturbation.begin(
                image, private_generator(self.seed, key, 'attack'))
            for image, key in zip(clean, keys)
        ]
        states = self._prepare(victim, clean, targets, keys)
        runs = [
            ImageRun(p, self.weights, self._balances, len(self.rules),
                     private_generator(self.seed, key, 'rules'))
            for p, key in zip(params, keys)
        ]
        all_runs, all_clean = runs, clean
        for step in range(1, self.steps + 1):
            params = [self.perturbation.require_grad(p) for p in params]
            drawn = [
                self.perturbation.perturb(image, p)
                for image, p in zip(clean, params)
            ]
            done = step == self.steps and self.keep == 'best'
            values, grads, sizes = self._ask(victim, drawn, targets, states,
                                             runs,
                                             [] if done else self._turn(step))
            for i, run in enumerate(runs):
                run.record(step, values[i], params[i])
            left = self._left(values)
            for i in set(range(len(runs))) - set(left):
                runs[i].end(step, params[i])
            if done or not left:
                break
            if len(left) < len(runs):
                states = [
                    objective.some(state, left)
                    for objective, state in zip(self.objectives, states)
                ]
                clean, targets = _some(clean, left), _some(targets, left)
                params, drawn = _some(params, left), _some(drawn, left)
                grads, sizes = _some(grads, left), _some(sizes, left)
                runs = _some(runs, left)
            for i, run in enumerate(runs):
                run.weigh(sizes[i])
                direction = run.direct(grads[i], self.rules)
                params[i] = self.perturbation.descend(params[i], run.initial,
                                                      drawn[i], direction,
                                                      step, self.steps)
            if step == self.steps:
                for run, last in zip(runs, params):
                    run.end(step, last)
        with torch.no_grad():
            return [
                run.finish(
                    self.perturbation.perturb(image, run.best),
                    [objective.name for objective in self.objectives])
                for run, image in zip(all_runs, all_clean)
            ]

    def _left(self, values: list[list[float]]) -> list[int]:
        """Images of which something is left to attack."""
        places = {one.name: j for j, one in enumerate(self.objectives)}
        return [
            i for i, row in enumerate(values)
            if not self.stop or any(not row[places[name]] <= value
                                    for name, value in self.stop.items())
        ]

    def _ask(
        self, victim: AttackedModel[SampleT, OutputsT], drawn: list[Image],
        targets: list[SampleT], states: list[object], runs: list[ImageRun],
        turn: Sequence[int]
    ) -> tuple[list[list[float]], list[Tensor], list[list[float]]]:
        """Show images to the victim.

        Returns:
            Value of each objective, by image; and of the objectives of this
            turn what :func:`gradients` gives, nothing where it has none.
        """
        leaves = [image.detach().requires_grad_() for image in drawn]
        outputs = victim.forward(*self._show(victim, leaves, targets, runs))
        at_features = turn and self._balances and self.balance == 'features'
        cut = find_cut(outputs, self.objectives) if at_features else None
        losses = [
            objective.loss(outputs, state)
            for objective, state in zip(self.objectives, states)
        ]
        # one wait for the host a step, however many images there are
        values = torch.stack([loss.detach().double() for loss in losses],
                             1).tolist()
        if not turn:
            return values, [], []
        return values, *gradients(losses, self.weights, leaves, turn,
                                  self._balances, cut)

    def _prepare(self, victim: AttackedModel[SampleT,
                                             OutputsT], clean: list[Image],
                 targets: list[SampleT], keys: list[ImageKey]) -> list[object]:
        """Let objectives look at the clean images, if they ask for it."""
        outputs = None
        states: list[object] = []
        for objective in self.objectives:
            if objective.needs_clean and outputs is None:
                with torch.no_grad():
                    outputs = victim.forward(clean, targets)
            generators = [
                private_generator(self.seed, key, objective.name)
                for key in keys
            ]
            with torch.no_grad():
                states.append(objective.prepare(outputs, generators))
        return states

    def _show(self, victim: AttackedModel[SampleT, OutputsT],
              images: list[Image], targets: list[SampleT],
              runs: list[ImageRun]) -> tuple[list[Image], list[SampleT]]:
        """Images and targets as the rules show them to the victim."""
        shown: list[Tensor] = []
        told: list[SampleT] = []
        for image, target, run in zip(images, targets, runs):
            for rule in self.rules:
                size_hw = cast(SizeHW, tuple(image.shape[-2:]))
                place = rule.place(size_hw, run.generator)
                if place is not None:
                    target = victim.moved(target, place, size_hw)
                    image = resize_pad(image, place)
            shown.append(image)
            told.append(target)
        return shown, told

    @property
    def _balances(self) -> bool:
        return bool(self.balance) and len(self.objectives) > 1

    def _turn(self, step: int) -> Sequence[int]:
        """Which objectives a step descends."""
        count = len(self.objectives)
        return [(step - 1) % count] if self.in_turn else range(count)


def _some(parts: list[PartT], places: list[int]) -> list[PartT]:
    return [parts[i] for i in places]
