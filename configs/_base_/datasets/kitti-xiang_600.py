# KITTI by the other list that people use, that of Xiang et al. (3DVP, SubCNN):
# 3,682 to train, 3,799 to score.
_base_ = './kitti_600.py'
train_dataloader = dict(dataset=dict(ann_file='ImageSets/xiang_train.txt'))
val_dataloader = dict(dataset=dict(ann_file='ImageSets/xiang_val.txt'))
test_dataloader = val_dataloader
