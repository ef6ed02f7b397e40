# KITTI's 7,481 labelled images, all to train and all to score: a detector that
# has seen them is attacked on what it has learnt, so clean AP says little.
_base_ = './kitti_600.py'
train_dataloader = dict(dataset=dict(ann_file=''))
val_dataloader = dict(dataset=dict(ann_file=''))
test_dataloader = val_dataloader
