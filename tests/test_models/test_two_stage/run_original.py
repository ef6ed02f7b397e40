"""Run pytorch-faster-rcnn on a CPU with random weights, in its own process.

    python run_original.py LIB NET IMAGE WEIGHTS RESULTS

LIB is the folder ``lib`` of an untouched checkout of the branch 0.4. What it
compiles or imports beside torch and torchvision is replaced while it is
imported: NMS and crop_and_resize, line by line from their C code, and the
drawing of summaries. It computes in double precision, as random weights make
much of rounding; to save time, images have a short side of 330, and 60 regions
are kept.
"""
import sys
import tempfile
import types

import cv2
import numpy as np
import torch

NUM_CLASSES = 81
SHORT_SIDE, NUM_REGIONS = 330, 60


class AttributeDict(dict):
    """EasyDict, as far as it is needed."""

    def __getattr__(self, name):
        return self[name]

    def __setattr__(self, name, value):
        self[name] = value


def original_nms(dets, thresh):
    """nms.c; the published numbers are of the GPU, which drops above only."""
    dets = dets.numpy()
    areas = (dets[:, 2:4] - dets[:, :2] + 1).prod(1)
    order = np.argsort(-dets[:, 4], kind='stable')
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        sides = np.minimum(dets[best, 2:4], dets[order, 2:4]) - \
            np.maximum(dets[best, :2], dets[order, :2]) + 1
        shared = sides.clip(0).prod(1)
        order = order[shared / (areas[best] + areas[order] - shared) <= thresh]
    return torch.tensor(kept, dtype=torch.long)


class CropAndResizeFunction:
    """crop_and_resize.c, all points of a box at once."""

    def __init__(self, crop_height, crop_width):
        self.size = crop_height, crop_width

    def __call__(self, image, boxes, box_ind):
        image, crops = image.numpy(), []
        height, width = image.shape[2:]
        for (y1, x1, y2, x2), number in zip(boxes.numpy(), box_ind.numpy()):
            y = self.points(y1, y2, height, self.size[0])
            x = self.points(x1, x2, width, self.size[1])
            crops.append(self.between(image[number], y, x))
        return torch.from_numpy(np.ascontiguousarray(np.stack(crops)))

    @staticmethod
    def points(first, last, size, count):
        step = (last - first) * (size - 1) / (count - 1)
        return first * (size - 1) + np.arange(count) * step

    @staticmethod
    def between(image, y, x):
        height, width = image.shape[1:]
        inside = ((y >= 0) & (y <= height - 1))[:, None] & \
            ((x >= 0) & (x <= width - 1))
        y, x = y.clip(0, height - 1), x.clip(0, width - 1)
        top, left = np.floor(y).astype(int), np.floor(x).astype(int)
        bottom, right = np.ceil(y).astype(int), np.ceil(x).astype(int)
        y, x = (y - top)[:, None], x - left
        rows = image[:, top], image[:, bottom]
        upper, lower = (
            row[:, :, left] + (row[:, :, right] - row[:, :, left]) * x
            for row in rows)
        return np.where(inside, upper + (lower - upper) * y, 0)


def module(name, **content):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(content)


def stand_in():
    """What is not there, or not compiled."""
    module('easydict', EasyDict=AttributeDict)
    module('tensorboardX')
    module('scipy.misc', imresize=None)
    module('utils.visualization', draw_bounding_boxes=None)
    module('nms.pth_nms', pth_nms=original_nms)
    module('layer_utils.roi_pooling.roi_pool', RoIPoolFunction=None)
    module(
        'layer_utils.roi_align.crop_and_resize',
        CropAndResizeFunction=CropAndResizeFunction)


def build(name):
    if name == 'vgg16':
        from nets.vgg16 import vgg16
        net = vgg16()
    elif name == 'mobile':
        from nets.mobilenet_v1 import mobilenetv1
        net = mobilenetv1()
    else:
        from nets.resnet_v1 import resnetv1
        net = resnetv1(num_layers=int(name.removeprefix('res')))
    net.create_architecture(
        NUM_CLASSES,
        tag='default',
        anchor_scales=[4, 8, 16, 32],
        anchor_ratios=[0.5, 1, 2])
    net._device = 'cpu'
    # torch of today keeps channels last, and then refuses a view
    net.rpn_cls_score_net.register_forward_hook(
        lambda layer, inputs, out: out.contiguous())
    net.eval()  # which returns nothing there
    test_image = net.test_image
    net.test_image = lambda blob, info: test_image(
        blob.astype(np.float64), info)
    return net.double()


def spread(layer, std):
    """Give the outputs of a layer this spread at its next call.

    Scores that are almost alike would be sorted by their rounding.
    """

    def before(layer, inputs):
        handle.remove()
        out = layer(*inputs)
        mean = out.mean([i for i in range(out.ndim) if i != 1])
        shape = [-1 if i == 1 else 1 for i in range(out.ndim)]
        scale = std / (out - mean.view(shape)).std()
        layer.weight.data *= scale
        layer.bias.data += torch.randn(len(mean)) * 0.1 - mean * scale

    handle = layer.register_forward_pre_hook(before)


@torch.no_grad()
def randomise(net, blob, info):
    """Weights that keep activations and scores in a usual range."""
    norms = []
    for layer in net.modules():
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_normal_(layer.weight)
            if layer.bias is not None:
                layer.bias.zero_()
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.weight.uniform_(0.5, 1.5)
            layer.bias.normal_(0, 0.2)
            layer.momentum = 1.
            norms.append(layer.train())
    # few digits, so that a first layer times 127.5 is not rounded
    first = next(m for m in net.modules() if isinstance(m, torch.nn.Conv2d))
    first.weight.copy_(first.weight.bfloat16())
    for layer, std in ((net.rpn_net, 1.), (net.rpn_cls_score_net,
                                           0.7), (net.rpn_bbox_pred_net, 0.3),
                       (net.cls_score_net, 3.), (net.bbox_pred_net, 1.)):
        spread(layer, std)
    net.forward(blob, info, None, mode='TEST')
    for layer in norms:
        layer.eval()


class OneImage:
    """A data set of one image, as test_net wants it."""
    image_index = [0]
    num_classes = NUM_CLASSES
    name = 'one'

    def __init__(self, path):
        self.path = path

    def image_path_at(self, index):
        return self.path

    def evaluate_detections(self, all_boxes, output_dir):
        self.found = [(label - 1, *row)
                      for label, boxes in enumerate(all_boxes) if label
                      for row in boxes[0].tolist()]


def main(lib, name, image, weights, results):
    sys.path.insert(0, lib)
    stand_in()
    from model import test
    from model.config import cfg
    torch.manual_seed(0)
    cfg.ROOT_DIR = tempfile.mkdtemp()
    cfg.TEST.SCALES = (SHORT_SIDE, )
    cfg.TEST.RPN_POST_NMS_TOP_N = NUM_REGIONS
    net = build(name)
    blob, scale = test._get_image_blob(cv2.imread(image))
    info = np.array([*blob.shape[1:3], scale[0]], dtype=np.float32)
    randomise(net, blob.astype(np.float64), info)
    torch.save(net.float().state_dict(), weights)
    net.double()
    data = OneImage(image)
    test.test_net(net, data, 'random')
    keep = ('rpn_cls_prob', 'rpn_bbox_pred', 'rois', 'cls_score', 'bbox_pred')
    torch.save(
        dict(
            input=torch.from_numpy(blob),
            features=net._act_summaries['conv'],
            detections=torch.tensor(data.found),
            **{k: net._predictions[k].detach()
               for k in keep}), results)


if __name__ == '__main__':
    main(*sys.argv[1:])
