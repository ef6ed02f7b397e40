# UEA: one pass of a generator, trained by projects/uea/configs. A leaf config
# takes it over and names the generator's checkpoint,
#   test_cfg = _base_.attack_loop
#   test_cfg.attack.perturbation.checkpoint = '...'
# The objectives are recorded only.
custom_imports = dict(imports=['projects.uea.uea'], allow_failed_imports=False)
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=1,
        # not built until a leaf config names a checkpoint
        perturbation=dict(type='mmadvrain.GeneratorPerturbation'),
        objectives=[dict(type='mmadvrain.ClassMarginObjective')],
        rules=[]))
