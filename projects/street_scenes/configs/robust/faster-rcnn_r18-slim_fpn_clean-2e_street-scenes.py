# The same two epochs without rain.
_base_ = '../_base_/fine-tune.py'
