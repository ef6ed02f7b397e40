# The small comparison of docs/derain.md, without augmentation.
_base_ = './_base_/comparison.py'
