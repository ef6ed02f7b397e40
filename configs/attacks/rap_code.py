# RAP as in the released code: shorter steps. The code stops where the PSNR
# falls below 40 dB, this goes on there; its steps are of the network's input,
# these of the native image.
_base_ = './rap.py'
attack_loop = dict(
    attack=dict(
        steps=200,
        perturbation=dict(step_size=20 / 255),
        objectives=[dict(_base_.rap_objective, variant='code')]))
