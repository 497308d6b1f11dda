/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backbone_list.h: every backbone once. Include it with HN_BACKBONE(name) defined; the descriptor
 * is hn_backbone_<name>. The order is the order of `hipnet models`.
 */
HN_BACKBONE(resnet18)
HN_BACKBONE(resnet34)
HN_BACKBONE(resnet50)
HN_BACKBONE(resnet101)
HN_BACKBONE(resnet_mini)
HN_BACKBONE(densenet121)
HN_BACKBONE(densenet169)
HN_BACKBONE(densenet_mini)
HN_BACKBONE(efficientnet_b0)
HN_BACKBONE(efficientnet_b1)
HN_BACKBONE(efficientnet_b2)
HN_BACKBONE(efficientnet_b3)
HN_BACKBONE(efficientnet_mini)
HN_BACKBONE(convnext_tiny)
HN_BACKBONE(convnext_small)
HN_BACKBONE(convnext_mini)
