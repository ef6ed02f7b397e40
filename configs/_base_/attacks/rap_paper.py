# RAP as in the paper. Step length, number of steps and least PSNR are not
# verified against its text; the last is that of the released code.
_base_ = './rap_code.py'
attack_loop = dict(
    attack=dict(
        steps=210,
        perturbation=dict(step_size=30 / 255),
        objectives=[dict(type='mmadvrain.RAPObjective', variant='paper')]))
