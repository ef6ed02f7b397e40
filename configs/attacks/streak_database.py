# Rain from a folder of streak images, such as Garg and Nayar's, that the user
# has; nothing is optimised. `random` is a second pick.
_base_ = './random_rain.py'
attack_loop = dict(
    attack=dict(
        perturbation=dict(
            _delete_=True,
            type='mmadvrain.StreakDatabase',
            folder='data/streaks')))
