#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/data/ops.json and tests/data/ops_layers.json: what PyTorch says of every operation
of tensor.h, for tests/unit/tensor/check_ops.c.

Each case has its inputs (three decimals), the output, and the gradients of sum(output * c) with
c[i] = cos(1 + i / 2) for each float64 input. The C side makes the same call with the same
arguments under the same case name. Run it again only to add a case: the numbers are PyTorch's.
"""
import json
import os
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
D, L, B = torch.float64, torch.int64, torch.bool
NAMES = {D: "float64", torch.float32: "float32", L: "int64", B: "bool", torch.uint8: "uint8",
         torch.bfloat16: "bfloat16", torch.float16: "float16"}
source = torch.Generator().manual_seed(20240613)


def real(*shape):
    """Distinct values around zero, none of them a tie or a kink."""
    x = torch.randn(*shape, dtype=D, generator=source)
    return torch.where(x.abs() < 0.05, x + 0.1, x).mul(1000).round().div(1000)


def positive(*shape):
    return real(*shape).abs() + 0.25


def unit(*shape):
    return torch.rand(*shape, dtype=D, generator=source).mul(900).round().div(1000) + 0.05


def whole(high, *shape):
    return torch.randint(0, high, shape, dtype=L, generator=source)


def mask(*shape):
    return torch.rand(*shape, generator=source) < 0.5


LAYERS, MATH = [], []


def layer(case, inputs, call, training=False, grad=True):
    LAYERS.append((case, inputs, call, training, grad))


def math(case, inputs, call, grad=True):
    MATH.append((case, inputs, call, False, grad))


# --- layers ------------------------------------------------------------------------------------
x4 = real(2, 4, 5, 5)
layer("conv2d", [real(1, 2, 4, 4), real(3, 2, 3, 3), real(3)], lambda x, w, b: F.conv2d(x, w, b))
layer("conv2d/stride", [real(1, 4, 5, 5), real(2, 2, 3, 3)],
      lambda x, w: F.conv2d(x, w, None, stride=2, padding=1, groups=2))
layer("conv2d/dilation", [real(1, 1, 5, 5), real(1, 1, 3, 3)],
      lambda x, w: F.conv2d(x, w, None, padding=2, dilation=2))
layer("conv2d/depthwise", [real(1, 3, 4, 4), real(3, 1, 3, 3), real(3)],
      lambda x, w, b: F.conv2d(x, w, b, padding=1, groups=3))
layer("linear", [real(3, 4), real(2, 4), real(2)], F.linear)
layer("linear/no_bias", [real(2, 2, 4), real(3, 4)], F.linear)
bn = [real(2, 3, 2, 2), real(3), real(3), real(3), positive(3)]
layer("batch_norm/evaluation", bn,
      lambda x, w, b, m, v: F.batch_norm(x, m.detach(), v.detach(), w, b, False, 0.1, 1e-5))
layer("batch_norm/training", bn,
      lambda x, w, b, m, v: F.batch_norm(x, m.detach().clone(), v.detach().clone(), w, b, True,
                                         0.1, 1e-5), training=True)


def running(which):
    def call(x, w, b, m, v):
        m, v = m.clone(), v.clone()
        F.batch_norm(x, m, v, w, b, True, 0.1, 1e-5)
        return (m, v)[which]
    return call


layer("batch_norm/running_mean", bn, running(0), training=True, grad=False)
layer("batch_norm/running_var", bn, running(1), training=True, grad=False)
layer("layer_norm", [real(2, 3, 4), real(4), real(4)],
      lambda x, w, b: F.layer_norm(x, [4], w, b, 1e-6))
layer("layer_norm/plain", [real(2, 5)], lambda x: F.layer_norm(x, [5], None, None, 1e-5))
layer("group_norm", [real(2, 4, 2, 2), real(4), real(4)],
      lambda x, w, b: F.group_norm(x, 2, w, b, 1e-5))

v = real(3, 4)
wide = real(3, 4) * 4
for name, f, x in [("relu", F.relu, v), ("relu_", F.relu, v), ("relu6", F.relu6, wide),
                   ("gelu", F.gelu, v), ("silu", F.silu, v), ("silu_", F.silu, v),
                   ("hardswish", F.hardswish, wide), ("softplus", F.softplus, v),
                   ("sigmoid", torch.sigmoid, v), ("tanh", torch.tanh, v)]:
    layer(name, [x], f)
layer("softmax", [v], lambda x: F.softmax(x, 1))
layer("log_softmax", [v], lambda x: F.log_softmax(x, -1))
layer("dropout/evaluation", [v], lambda x: x * 1)


def splitmix(z):
    """The first draw of the stream with seed 7, as hn_scope_next_seed makes it."""
    m = (1 << 64) - 1
    z = (z + 0x9E3779B97F4A7C15) & m
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & m
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & m
    return z ^ (z >> 31)


def folded(seed):
    """What the generator is seeded with: seeds of more than 32 bits are mixed down."""
    return seed if seed < 1 << 32 else splitmix(seed) >> 32


def keep(shape, drop):
    g = torch.Generator().manual_seed(folded(splitmix(7)))
    return torch.empty(shape).bernoulli_(1 - drop, generator=g).div(1 - drop).to(D)


layer("dropout/training", [real(4, 4)], lambda x: x * keep((4, 4), 0.25), training=True)
layer("drop_rows", [real(6, 2)], lambda x: x * keep((6, 1), 0.5), training=True)

image = real(1, 2, 5, 5)
layer("max_pool2d", [image], lambda x: F.max_pool2d(x, 3, 2, 1))
layer("max_pool2d/ceil", [real(1, 1, 5, 6)], lambda x: F.max_pool2d(x, 2, 2, 0, ceil_mode=True))
layer("avg_pool2d", [image], lambda x: F.avg_pool2d(x, 2))
layer("avg_pool2d/padded", [real(1, 1, 5, 5)], lambda x: F.avg_pool2d(x, 3, 2, 1))
layer("avg_pool2d/exclude", [real(1, 1, 5, 5)],
      lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False))
layer("adaptive_avg_pool2d", [image], lambda x: F.adaptive_avg_pool2d(x, (1, 1)))
layer("adaptive_avg_pool2d/2x3", [real(1, 1, 5, 7)], lambda x: F.adaptive_avg_pool2d(x, (2, 3)))
layer("adaptive_max_pool2d", [image], lambda x: F.adaptive_max_pool2d(x, (1, 2)))
layer("interpolate", [real(1, 1, 3, 4)],
      lambda x: F.interpolate(x, (5, 6), mode="bilinear", align_corners=False))
layer("interpolate/corners", [real(1, 1, 3, 3)],
      lambda x: F.interpolate(x, (4, 2), mode="bilinear", align_corners=True))
layer("pad", [real(1, 1, 2, 3)], lambda x: F.pad(x, (1, 2, 0, 1), value=0.5))
layer("pad/crop", [real(1, 1, 4, 3)], lambda x: F.pad(x, (0, -1, -1, 0)))

logits, classes, weights = real(4, 3), torch.tensor([0, 2, 1, 2]), positive(3)
layer("cross_entropy", [logits, classes], lambda x, t: F.cross_entropy(x, t))
layer("cross_entropy/weighted", [logits, classes, weights],
      lambda x, t, w: F.cross_entropy(x, t, w.detach(), label_smoothing=0.1))
layer("cross_entropy/sum", [logits, classes], lambda x, t: F.cross_entropy(x, t, reduction="sum"))
layer("cross_entropy/none", [logits, classes], lambda x, t: F.cross_entropy(x, t, reduction="none"))
layer("cross_entropy/ignore", [logits, torch.tensor([0, -1, 1, -1])],
      lambda x, t: F.cross_entropy(x, t, ignore_index=-1))
layer("cross_entropy/soft", [logits, unit(4, 3)], lambda x, t: F.cross_entropy(x, t))
layer("nll_loss", [-positive(4, 3), classes], lambda x, t: F.nll_loss(x, t))
layer("nll_loss/weighted", [-positive(4, 3), classes, weights],
      lambda x, t, w: F.nll_loss(x, t, w.detach(), reduction="sum"))
layer("bce_with_logits", [logits, unit(4, 3)],
      lambda x, t: F.binary_cross_entropy_with_logits(x, t.detach()))
layer("bce_with_logits/weighted", [logits, unit(4, 3), positive(4, 3), positive(3)],
      lambda x, t, w, p: F.binary_cross_entropy_with_logits(x, t.detach(), w.detach(),
                                                            pos_weight=p.detach(),
                                                            reduction="none"))
layer("mse_loss", [real(3, 2), real(3, 2)], lambda x, t: F.mse_loss(x, t))
layer("mse_loss/sum", [real(3, 2), real(3, 2)], lambda x, t: F.mse_loss(x, t, reduction="sum"))

# --- making ------------------------------------------------------------------------------------
math("zeros", [], lambda: torch.zeros(2, 3, dtype=torch.float32))
math("ones", [], lambda: torch.ones(3, dtype=L))
math("full", [], lambda: torch.full((2, 2), 1.5, dtype=torch.bfloat16))
math("zeros_like", [v], torch.zeros_like, grad=False)
math("arange", [], lambda: torch.arange(1.0, 6.0, 2.0, dtype=D))
math("randn", [], lambda: torch.randn(3, 4, generator=torch.Generator().manual_seed(11)))
math("randn/float64", [],
     lambda: torch.randn(4, dtype=D, generator=torch.Generator().manual_seed(11)))
math("randn/seed64", [],
     lambda: torch.randn(4, generator=torch.Generator().manual_seed(folded(5 << 40))))
math("rand", [], lambda: torch.rand(3, 2, generator=torch.Generator().manual_seed(12)))
math("bernoulli", [],
     lambda: torch.empty(20).bernoulli_(0.3, generator=torch.Generator().manual_seed(13)).to(B))
math("from_data", [], lambda: torch.tensor([[1, 2, 3], [4, 5, 255]], dtype=torch.uint8))
math("from_blob", [], lambda: torch.tensor([1.5, -2.5]))

# --- arithmetic --------------------------------------------------------------------------------
a, b, row, p = real(2, 3), real(2, 3), real(3), positive(2, 3)
math("add", [a, row], torch.add)
math("add_scaled", [a, b], lambda x, y: torch.add(x, y, alpha=-0.5))
math("sub", [a, row], torch.sub)
math("mul", [a, row], torch.mul)
math("div", [a, p], torch.div)
math("maximum", [a, b], torch.maximum)
math("minimum", [a, b], torch.minimum)
math("scale", [a], lambda x: x * 2.5)
math("add_number", [a], lambda x: x + 2.5)
math("pow", [p], lambda x: x ** 1.5)
math("sqrt", [p], torch.sqrt)
math("exp", [a], torch.exp)
math("ln", [p], torch.log)
math("abs", [a], torch.abs)
math("neg", [a], torch.neg)
math("erfinv", [unit(2, 3)], torch.erfinv)
math("clamp", [a], lambda x: torch.clamp(x, -0.5, 0.6))
math("matmul", [a, real(3, 2)], torch.matmul)
math("matmul/batched", [real(2, 2, 3), real(3)], torch.matmul)
math("bmm", [real(2, 2, 3), real(2, 3, 1)], torch.bmm)
math("greater", [a, b], torch.gt, grad=False)
math("greater_number", [a], lambda x: x > 0.1, grad=False)
math("equal_number", [whole(3, 6)], lambda x: x == 1, grad=False)
math("logical_not", [mask(5)], torch.logical_not, grad=False)
math("where", [mask(2, 3), a, row], torch.where)
math("masked_fill", [a, mask(2, 3)], lambda x, m: x.masked_fill(m, -2.0))

# --- reductions --------------------------------------------------------------------------------
c = real(2, 3, 2)
math("sum", [c], lambda x: x.sum())
math("sum/dims", [c], lambda x: x.sum((0, 2)))
math("mean", [c], lambda x: x.mean((1, 2), keepdim=True))
math("mean/all", [c], lambda x: x.mean())
math("var", [c], lambda x: x.var((1,), unbiased=True))
math("var/population", [c], lambda x: x.var((0, 2), unbiased=False, keepdim=True))
math("max", [c], lambda x: x.amax((2,)))
math("max/all", [c], lambda x: x.amax((0, 1, 2)))
math("min", [c], lambda x: x.amin((0, 1)))
math("logsumexp", [c], lambda x: x.logsumexp((1,)))
math("argmax", [c], lambda x: x.argmax(1), grad=False)
math("topk", [real(2, 5)], lambda x: x.topk(3, 1)[0])
math("cosine_similarity", [a, b], lambda x, y: F.cosine_similarity(x, y, 1, 1e-8))

# --- shape -------------------------------------------------------------------------------------
math("cat", [a, real(1, 3)], lambda x, y: torch.cat([x, y], 0))
math("stack", [a, b], lambda x, y: torch.stack([x, y], 1))
math("slice", [real(5, 2)], lambda x: x[1:5:2])
math("select", [c], lambda x: x.select(1, -1))
math("index_select", [c, torch.tensor([2, 0, 2])], lambda x, i: x.index_select(1, i))
math("gather", [a, torch.tensor([[2, 0], [1, 1]])], lambda x, i: x.gather(1, i))
math("reshape", [c], lambda x: x.reshape(4, -1))
math("flatten", [c], lambda x: x.flatten(1))
math("permute", [c], lambda x: x.permute(2, 0, 1))
math("transpose", [c], lambda x: x.transpose(0, -1))
math("unsqueeze", [a], lambda x: x.unsqueeze(1))
math("squeeze", [real(2, 1, 2)], lambda x: x.squeeze(1))
math("expand", [real(2, 1)], lambda x: x.expand(3, -1, 2))
math("flip", [a], lambda x: x.flip(1))
math("contiguous", [a], lambda x: x.t().contiguous())
math("to_memory_format", [image], lambda x: x.contiguous(memory_format=torch.channels_last))
math("to_dtype", [a], lambda x: x.to(torch.float32))
math("to_dtype/bfloat16", [a], lambda x: x.to(torch.bfloat16), grad=False)
math("to_dtype/float16", [a], lambda x: x.to(torch.float16), grad=False)
math("to_device", [a], lambda x: x * 1)
math("to_cpu", [a], lambda x: x * 1)
math("pin", [a], lambda x: x * 1)
math("clone", [a], torch.clone)
math("detach", [a], lambda x: x.detach(), grad=False)
math("one_hot", [torch.tensor([2, 0])], lambda x: F.one_hot(x, 3), grad=False)

# --- gradients and changes in place ------------------------------------------------------------
math("zero_", [a], lambda x: x * 0, grad=False)
math("fill_", [a], lambda x: x * 0 + 2.5, grad=False)
math("copy_", [a, torch.tensor([1, 2, 3])], lambda x, y: x.clone().copy_(y), grad=False)
math("add_", [a, b], lambda x, y: x + 0.5 * y, grad=False)
math("add_number_", [a], lambda x: x + 0.5, grad=False)
math("scale_", [a], lambda x: x * 0.5, grad=False)
math("mul_", [a, row], lambda x, y: x * y, grad=False)
math("sqrt_", [p], torch.sqrt, grad=False)
math("lerp_", [a, b], lambda x, y: torch.lerp(x, y, 0.3), grad=False)
math("addcmul_", [a, b, p], lambda x, y, z: torch.addcmul(x, y, z, value=-0.5), grad=False)
math("addcdiv_", [a, b, p], lambda x, y, z: torch.addcdiv(x, y, z, value=-0.5), grad=False)
math("scale_all_", [a, b], lambda x, y: torch.cat([x * 0.5, y * 0.5]), grad=False)
math("add_all_", [a, b, p, a], lambda x, y, z, w: torch.cat([x + 0.5 * z, y + 0.5 * w]), grad=False)
math("lerp_all_", [a, b, p, a],
     lambda x, y, z, w: torch.cat([torch.lerp(x, z, 0.3), torch.lerp(y, w, 0.3)]), grad=False)
math("norm_all", [a, c], lambda x, y: torch.sqrt(x.pow(2).sum() + y.pow(2).sum()))
math("gradients", [a], lambda x: 3 * x ** 2, grad=False)
math("backward_from", [a], lambda x: 3 * x ** 2, grad=False)


def numbers(t):
    t = t.detach()
    if t.dtype in (torch.bfloat16, torch.float16, torch.float32):
        return [float("%.9g" % x) for x in t.double().flatten().tolist()]
    return [float("%.15g" % x) if t.dtype == D else int(x) for x in t.flatten().tolist()]


def tensor(t):
    return {"dtype": NAMES[t.dtype], "shape": list(t.shape), "data": numbers(t)}


def case(row):
    name, inputs, call, training, grad = row
    leaves = [t.clone().requires_grad_(grad and t.dtype == D) for t in inputs]
    out = call(*leaves)
    item = {"training": training, "inputs": [tensor(t) for t in inputs], "output": tensor(out)}
    if out.requires_grad:
        c = torch.cos(1 + torch.arange(out.numel(), dtype=D) / 2).reshape(out.shape)
        (out.double() * c).sum().backward()
        item["gradients"] = [None if t.grad is None else numbers(t.grad) for t in leaves]
    return item


def write(name, rows):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
    lines = [json.dumps(r[0]) + ": " + json.dumps(case(r), separators=(",", ":")) for r in rows]
    with open(os.path.join(folder, name), "w") as f:
        f.write('{"torch": "%s", "cases": {\n%s\n}}\n' % (torch.__version__, ",\n".join(lines)))


write("ops.json", MATH)
write("ops_layers.json", LAYERS)
