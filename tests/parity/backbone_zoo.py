# SPDX-License-Identifier: GPL-3.0-or-later
"""The oracle's side of the backbone parity: torchvision's networks by our names, and weights and
pictures from a counter-based formula that the C side repeats, so that no fixture stores them.

The formula: value i of a tensor called `name` is u = 2 * (splitmix64(fnv1a64(name) + i * G) >> 11) /
2**53 - 1, in [-1, 1), and then, by what the tensor is,
    more than one dimension     u * sqrt(3 / fan_in), fan_in = numel / shape[0]
    ...layer_scale              u / 2
    ...running_mean, ...bias    u / 10
    ...running_var              1 + u / 2
    ...weight of one dimension  1 + u / 4
    a counter                   0
Pictures are called "image" and scaled by 1.5; label n is n modulo the classes.
"""
import numpy as np
import torch
from torch import nn
from torchvision import models
from torchvision.models import convnext, densenet, efficientnet, resnet

GAMMA = np.uint64(0x9E3779B97F4A7C15)


def fnv1a64(name):
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def uniform(name, count):
    """`count` doubles in [-1, 1)."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a64(name)) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * GAMMA
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0


def value(name, shape):
    count = int(np.prod(shape, dtype=np.int64)) if len(shape) else 1
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape, dtype=np.int64)
    u = uniform(name, count)
    if name.endswith("layer_scale"):
        u = u / 2
    elif len(shape) > 1:
        u = u * np.sqrt(3.0 / (count // shape[0]))
    elif name.endswith("running_var"):
        u = 1 + u / 2
    elif name.endswith("running_mean") or name.endswith("bias"):
        u = u / 10
    else:
        u = 1 + u / 4
    return u.reshape(shape)


class ResNetMini(resnet.ResNet):
    """torchvision's blocks and forward with one block per stage and 24 to 192 channels."""

    def __init__(self, num_classes):
        nn.Module.__init__(self)
        self._norm_layer = nn.BatchNorm2d
        self.inplanes, self.dilation, self.groups, self.base_width = 24, 1, 1, 64
        self.conv1 = nn.Conv2d(3, 24, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(24)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = self._make_layer(resnet.BasicBlock, 24, 1)
        self.layer2 = self._make_layer(resnet.BasicBlock, 48, 1, stride=2)
        self.layer3 = self._make_layer(resnet.BasicBlock, 96, 1, stride=2)
        self.layer4 = self._make_layer(resnet.BasicBlock, 192, 1, stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(192, num_classes)


def densenet_mini(num_classes, **_):
    return densenet.DenseNet(16, (3, 6, 8, 6), 32, num_classes=num_classes)


def efficientnet_mini(num_classes, **_):
    row = efficientnet.MBConvConfig
    rows = [row(1, 3, 1, 16, 16, 1), row(4, 3, 2, 16, 24, 2), row(4, 5, 2, 24, 40, 2),
            row(4, 3, 2, 40, 80, 2), row(4, 5, 1, 80, 96, 1)]
    return efficientnet.EfficientNet(rows, 0.0, 0.0, num_classes=num_classes)


def convnext_mini(num_classes, **_):
    row = convnext.CNBlockConfig
    rows = [row(24, 48, 1), row(48, 96, 1), row(96, 192, 3), row(192, None, 1)]
    return convnext.ConvNeXt(rows, 0.0, num_classes=num_classes)


def build(name, classes):
    """The network in training mode without dropout and stochastic depth."""
    minis = {"resnet_mini": lambda num_classes: ResNetMini(num_classes),
             "densenet_mini": densenet_mini, "efficientnet_mini": efficientnet_mini,
             "convnext_mini": convnext_mini}
    if name in minis:
        net = minis[name](num_classes=classes)
    elif name.startswith(("efficientnet", "convnext")):
        net = getattr(models, name)(num_classes=classes, stochastic_depth_prob=0.0)
    else:
        net = getattr(models, name)(num_classes=classes)
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return net


def fill(net, dtype, names=""):
    """The weights of the formula; `names` goes in front of each name."""
    net = net.to(dtype)
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            tensor.copy_(torch.from_numpy(value(names + name, tuple(tensor.shape))))
    return net


def pictures(count, channels, size, dtype):
    shape = (count, channels, size, size)
    return torch.from_numpy(1.5 * uniform("image", int(np.prod(shape))).reshape(shape)).to(dtype)


def labels(count, classes):
    return torch.arange(count) % classes
