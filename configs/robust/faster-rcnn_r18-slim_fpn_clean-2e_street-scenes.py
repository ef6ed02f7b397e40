# The same two epochs without rain.
_base_ = '../_base_/street-scenes_fine-tune.py'
