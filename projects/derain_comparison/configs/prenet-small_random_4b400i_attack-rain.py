# Random rain, as attacks begin with it.
_base_ = './_base_/attack_rain.py'
