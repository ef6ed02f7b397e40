# RAP as in the released code: steps of L2 length 20 grey levels a channel, at
# least 40 dB. The code stops where the PSNR falls below, this goes on there;
# its steps are of the network's input, these of the native image.
_base_ = './fgsm.py'
attack_loop = dict(
    attack=dict(
        steps=200,
        perturbation=dict(
            epsilon=None, step_size=20 / 255, norm='l2', min_psnr=40.),
        objectives=[dict(type='mmadvrain.RAPObjective', variant='code')]))
