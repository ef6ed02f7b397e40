# RAP as in the paper: steps of L2 length 30 grey levels a channel, at least
# 40 dB. Step length, number of steps and least PSNR are not verified against
# its text; the last is that of the released code.
_base_ = ['../_base_/perturbations/noise.py', '../_base_/objectives/rap.py']
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=210,
        keep='last',
        perturbation=dict(
            _base_.noise_perturbation,
            epsilon=None,
            step_size=30 / 255,
            norm='l2',
            min_psnr=40.),
        objectives=[dict(_base_.rap_objective, variant='paper')],
        rules=[]))
