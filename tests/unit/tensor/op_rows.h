/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operations of tensor.h as a table, without include guard: ROW(id, "case", call,
 * may_be_null, "bad type", "bad shape"). A call sees the scope `s` and the inputs `in` of its case
 * in tests/data/ops*.json. "1:bool" says that input 1 as bool is refused, "0:2,3" that zeros of
 * that shape in its place are; "" that every type or shape is right. may_be_null has bit i set
 * where input i may be NULL. An operation added to tensor.h needs a row here, and a case in
 * tests/parity/make_op_fixtures.py.
 */
#define CONV(...)  ((hn_conv_options) { __VA_ARGS__ })
#define POOL(...)  ((hn_pool_options) { __VA_ARGS__ })
#define CROSS(...) ((hn_cross_entropy_options) { __VA_ARGS__ })

ROW(conv2d, "conv2d", hn_conv2d(s, in[0], in[1], in[2], CONV(0)), 4, "0:int64", "0:1,7,4,4")
ROW(conv2d_stride, "conv2d/stride",
    hn_conv2d(s, in[0], in[1], NULL, CONV(.stride = 2, .padding = 1, .groups = 2)), 0, "1:bool",
    "1:2,3,3")
ROW(conv2d_dilation, "conv2d/dilation",
    hn_conv2d(s, in[0], in[1], NULL, CONV(.padding = 2, .dilation = 2)), 0, "0:uint8", "0:5")
ROW(conv2d_depthwise, "conv2d/depthwise",
    hn_conv2d(s, in[0], in[1], in[2], CONV(.padding = 1, .groups = 3)), 4, "2:int64", "2:4")
ROW(linear, "linear", hn_linear(s, in[0], in[1], in[2]), 4, "0:int64", "0:3,5")
ROW(linear_no_bias, "linear/no_bias", hn_linear(s, in[0], in[1], NULL), 0, "1:bool", "1:3,5")
ROW(batch_norm, "batch_norm/evaluation",
    hn_batch_norm(s, in[0], in[1], in[2], in[3], in[4], 0.1, 1e-5), 6, "0:int64", "3:4")
ROW(batch_norm_training, "batch_norm/training",
    hn_batch_norm(s, in[0], in[1], in[2], in[3], in[4], 0.1, 1e-5), 6, "0:bool", "0:2,5,2,2")
ROW(batch_norm_mean, "batch_norm/running_mean",
    (hn_batch_norm(s, in[0], in[1], in[2], in[3], in[4], 0.1, 1e-5), done(s, in[3])), 6, "0:uint8",
    "0:1,3,1,1")
ROW(batch_norm_var, "batch_norm/running_var",
    (hn_batch_norm(s, in[0], in[1], in[2], in[3], in[4], 0.1, 1e-5), done(s, in[4])), 6, "1:int64",
    "4:2")
ROW(layer_norm, "layer_norm", hn_layer_norm(s, in[0], in[1], in[2], 1e-6), 6, "0:int64", "1:5")
ROW(layer_norm_plain, "layer_norm/plain", hn_layer_norm(s, in[0], NULL, NULL, 1e-5), 0, "0:bool",
    "0:")
ROW(group_norm, "group_norm", hn_group_norm(s, in[0], 2, in[1], in[2], 1e-5), 6, "0:int64",
    "0:2,3,2,2")
ROW(relu, "relu", hn_relu(s, in[0]), 0, "0:bool", "")
ROW(relu_, "relu_", hn_relu_(s, hn_scale(s, in[0], 1.0)), 0, "", "")
ROW(relu6, "relu6", hn_relu6(s, in[0]), 0, "0:bool", "")
ROW(gelu, "gelu", hn_gelu(s, in[0]), 0, "0:int64", "")
ROW(silu, "silu", hn_silu(s, in[0]), 0, "0:int64", "")
ROW(silu_, "silu_", hn_silu_(s, hn_add_number(s, in[0], 0.0)), 0, "", "")
ROW(hardswish, "hardswish", hn_hardswish(s, in[0]), 0, "0:int64", "")
ROW(softplus, "softplus", hn_softplus(s, in[0]), 0, "0:int64", "")
ROW(sigmoid, "sigmoid", hn_sigmoid(s, in[0]), 0, "", "")
ROW(tanh, "tanh", hn_tanh(s, in[0]), 0, "", "")
ROW(softmax, "softmax", hn_softmax(s, in[0], 1), 0, "0:int64", "0:3")
ROW(log_softmax, "log_softmax", hn_log_softmax(s, in[0], -1), 0, "0:int64", "")
ROW(dropout_evaluation, "dropout/evaluation", hn_dropout(s, in[0], 0.25), 0, "", "")
ROW(dropout_training, "dropout/training", hn_dropout(s, in[0], 0.25), 0, "", "")
ROW(drop_rows, "drop_rows", hn_drop_rows(s, in[0], 0.5), 0, "", "0:")
ROW(max_pool2d, "max_pool2d", hn_max_pool2d(s, in[0], POOL(.kernel = 3, .stride = 2, .padding = 1)),
    0, "0:bool", "0:5,5")
ROW(max_pool2d_ceil, "max_pool2d/ceil",
    hn_max_pool2d(s, in[0], POOL(.kernel = 2, .ceil_mode = true)), 0, "0:bool", "0:1,1,0,6")
ROW(avg_pool2d, "avg_pool2d", hn_avg_pool2d(s, in[0], POOL(.kernel = 2)), 0, "0:bool", "0:1,2,1,1")
ROW(avg_pool2d_padded, "avg_pool2d/padded",
    hn_avg_pool2d(s, in[0], POOL(.kernel = 3, .stride = 2, .padding = 1)), 0, "0:bool", "0:5")
ROW(avg_pool2d_exclude, "avg_pool2d/exclude",
    hn_avg_pool2d(s, in[0], POOL(.kernel = 3, .stride = 2, .padding = 1, .exclude_padding = true)),
    0, "0:bool", "0:1,1,0,5")
ROW(adaptive_avg_pool2d, "adaptive_avg_pool2d", hn_adaptive_avg_pool2d(s, in[0], 1, 1), 0,
    "0:int64", "0:5,5")
ROW(adaptive_avg_pool2d_2x3, "adaptive_avg_pool2d/2x3", hn_adaptive_avg_pool2d(s, in[0], 2, 3), 0,
    "0:bool", "0:1,1,0,5")
ROW(adaptive_max_pool2d, "adaptive_max_pool2d", hn_adaptive_max_pool2d(s, in[0], 1, 2), 0,
    "0:int64", "0:5,5")
ROW(interpolate, "interpolate", hn_interpolate(s, in[0], 5, 6, false), 0, "0:int64", "0:3,4")
ROW(interpolate_corners, "interpolate/corners", hn_interpolate(s, in[0], 4, 2, true), 0, "0:bool",
    "0:1,1,0,3")
ROW(pad, "pad", hn_pad(s, in[0], 1, 2, 0, 1, 0.5), 0, "", "0:3")
ROW(pad_crop, "pad/crop", hn_pad(s, in[0], 0, -1, -1, 0, 0.0), 0, "", "0:1,1,0,0")
ROW(cross_entropy, "cross_entropy", hn_cross_entropy(s, in[0], in[1], CROSS(0)), 0, "1:bool", "1:5")
ROW(cross_entropy_weighted, "cross_entropy/weighted",
    hn_cross_entropy(s, in[0], in[1], CROSS(.class_weights = in[2], .label_smoothing = 0.1)), 4,
    "2:int64", "2:2")
ROW(cross_entropy_sum, "cross_entropy/sum",
    hn_cross_entropy(s, in[0], in[1], CROSS(.reduction = HN_REDUCE_SUM)), 0, "0:int64", "0:5,3")
ROW(cross_entropy_none, "cross_entropy/none",
    hn_cross_entropy(s, in[0], in[1], CROSS(.reduction = HN_REDUCE_NONE)), 0, "0:bool", "0:4,0")
ROW(cross_entropy_ignore, "cross_entropy/ignore",
    hn_cross_entropy(s, in[0], in[1], CROSS(.ignore = true, .ignore_index = -1)), 0, "1:float32",
    "0:4,1")
ROW(cross_entropy_soft, "cross_entropy/soft", hn_cross_entropy(s, in[0], in[1], CROSS(0)), 0,
    "1:int64", "1:4,2")
ROW(nll_loss, "nll_loss", hn_nll_loss(s, in[0], in[1], NULL, HN_REDUCE_MEAN), 0, "1:float64", "1:3")
ROW(nll_loss_weighted, "nll_loss/weighted", hn_nll_loss(s, in[0], in[1], in[2], HN_REDUCE_SUM), 4,
    "2:int64", "2:4")
ROW(bce, "bce_with_logits", hn_bce_with_logits(s, in[0], in[1], NULL, NULL, HN_REDUCE_MEAN), 0, "",
    "1:4,1")
ROW(bce_weighted, "bce_with_logits/weighted",
    hn_bce_with_logits(s, in[0], in[1], in[2], in[3], HN_REDUCE_NONE), 12, "", "3:2")
ROW(mse_loss, "mse_loss", hn_mse_loss(s, in[0], in[1], HN_REDUCE_MEAN), 0, "", "1:3,1")
ROW(mse_loss_sum, "mse_loss/sum", hn_mse_loss(s, in[0], in[1], HN_REDUCE_SUM), 0, "", "0:2,2")

ROW(zeros, "zeros", hn_zeros(s, HN_FLOAT32, HN_DIMS(2, 3)), 0, "", "")
ROW(ones, "ones", hn_ones(s, HN_INT64, HN_DIMS(3)), 0, "", "")
ROW(full, "full", hn_full(s, HN_BFLOAT16, HN_DIMS(2, 2), 1.5), 0, "", "")
ROW(zeros_like, "zeros_like", hn_zeros_like(s, in[0]), 0, "", "")
ROW(arange, "arange", hn_arange(s, HN_FLOAT64, 1.0, 6.0, 2.0), 0, "", "")
ROW(randn, "randn", hn_randn(s, HN_FLOAT32, HN_DIMS(3, 4), 11), 0, "", "")
ROW(randn_float64, "randn/float64", hn_randn(s, HN_FLOAT64, HN_DIMS(4), 11), 0, "", "")
ROW(randn_seed64, "randn/seed64", hn_randn(s, HN_FLOAT32, HN_DIMS(4), UINT64_C(5) << 40), 0, "", "")
ROW(rand, "rand", hn_rand(s, HN_FLOAT32, HN_DIMS(3, 2), 12), 0, "", "")
ROW(bernoulli, "bernoulli", hn_bernoulli(s, HN_BOOL, HN_DIMS(20), 0.3, 13), 0, "", "")
ROW(from_data, "from_data",
    hn_from_data(s, (const uint8_t[]) { 1, 2, 3, 4, 5, 255 }, HN_UINT8, HN_DIMS(2, 3)), 0, "", "")
ROW(from_blob, "from_blob", hn_from_blob(s, blob, HN_FLOAT32, HN_DIMS(2)), 0, "", "")

ROW(add, "add", hn_add(s, in[0], in[1]), 0, "", "1:2")
ROW(add_scaled, "add_scaled", hn_add_scaled(s, in[0], in[1], -0.5), 0, "", "1:4,3")
ROW(sub, "sub", hn_sub(s, in[0], in[1]), 0, "1:bool", "1:2")
ROW(mul, "mul", hn_mul(s, in[0], in[1]), 0, "", "1:2")
ROW(div, "div", hn_div(s, in[0], in[1]), 0, "", "1:2")
ROW(maximum, "maximum", hn_maximum(s, in[0], in[1]), 0, "", "1:2")
ROW(minimum, "minimum", hn_minimum(s, in[0], in[1]), 0, "", "1:2")
ROW(scale, "scale", hn_scale(s, in[0], 2.5), 0, "", "")
ROW(add_number, "add_number", hn_add_number(s, in[0], 2.5), 0, "", "")
ROW(pow, "pow", hn_pow(s, in[0], 1.5), 0, "", "")
ROW(sqrt, "sqrt", hn_sqrt(s, in[0]), 0, "", "")
ROW(exp, "exp", hn_exp(s, in[0]), 0, "", "")
ROW(ln, "ln", hn_ln(s, in[0]), 0, "", "")
ROW(abs, "abs", hn_abs(s, in[0]), 0, "", "")
ROW(neg, "neg", hn_neg(s, in[0]), 0, "0:bool", "")
ROW(erfinv, "erfinv", hn_erfinv(s, in[0]), 0, "", "")
ROW(clamp, "clamp", hn_clamp(s, in[0], -0.5, 0.6), 0, "", "")
ROW(matmul, "matmul", hn_matmul(s, in[0], in[1]), 0, "0:int64", "1:2,3")
ROW(matmul_batched, "matmul/batched", hn_matmul(s, in[0], in[1]), 0, "1:float32", "1:4")
ROW(bmm, "bmm", hn_bmm(s, in[0], in[1]), 0, "0:bool", "0:2,3")
ROW(greater, "greater", hn_greater(s, in[0], in[1]), 0, "", "1:2")
ROW(greater_number, "greater_number", hn_greater_number(s, in[0], 0.1), 0, "", "")
ROW(equal_number, "equal_number", hn_equal_number(s, in[0], 1.0), 0, "", "")
ROW(logical_not, "logical_not", hn_logical_not(s, in[0]), 0, "", "")
ROW(where, "where", hn_where(s, in[0], in[1], in[2]), 0, "0:float64", "2:2")
ROW(masked_fill, "masked_fill", hn_masked_fill(s, in[0], in[1], -2.0), 0, "1:float64", "1:4")
ROW(sum, "sum", hn_sum(s, in[0], NULL, 0, false), 0, "", "")
ROW(sum_dims, "sum/dims", hn_sum(s, in[0], HN_DIMS(0, 2), false), 0, "", "0:3,2")
ROW(mean, "mean", hn_mean(s, in[0], HN_DIMS(1, 2), true), 0, "0:int64", "0:3,2")
ROW(mean_all, "mean/all", hn_mean(s, in[0], NULL, 0, false), 0, "0:bool", "")
ROW(var, "var", hn_var(s, in[0], HN_DIMS(1), false, 1), 0, "0:int64", "0:4")
ROW(var_population, "var/population", hn_var(s, in[0], HN_DIMS(0, 2), true, 0), 0, "0:bool",
    "0:3,2")
ROW(max, "max", hn_max(s, in[0], HN_DIMS(2), false), 0, "", "0:2,3,0")
ROW(max_all, "max/all", hn_max(s, in[0], NULL, 0, false), 0, "", "0:0")
ROW(min, "min", hn_min(s, in[0], HN_DIMS(0, 1), false), 0, "", "0:3")
ROW(logsumexp, "logsumexp", hn_logsumexp(s, in[0], HN_DIMS(1), false), 0, "", "0:4")
ROW(argmax, "argmax", hn_argmax(s, in[0], 1, false), 0, "0:bool", "0:2,0,2")
ROW(topk, "topk", hn_topk(s, in[0], 3, 1), 0, "0:bool", "0:2,2")
ROW(cosine_similarity, "cosine_similarity", hn_cosine_similarity(s, in[0], in[1], 1, 1e-8), 0, "",
    "1:2,4")

ROW(cat, "cat", hn_cat(s, in, 2, 0), 0, "", "1:1,4")
ROW(stack, "stack", hn_stack(s, in, 2, 1), 0, "", "1:2,2")
ROW(slice, "slice", hn_slice(s, in[0], 0, 1, 5, 2), 0, "", "0:")
ROW(select, "select", hn_select(s, in[0], 1, -1), 0, "", "0:2,0,2")
ROW(index_select, "index_select", hn_index_select(s, in[0], 1, in[1]), 0, "1:float64", "0:2,2,2")
ROW(gather, "gather", hn_gather(s, in[0], 1, in[1]), 0, "1:float64", "0:1,3")
ROW(reshape, "reshape", hn_reshape(s, in[0], HN_DIMS(4, -1)), 0, "", "0:3,3")
ROW(flatten, "flatten", hn_flatten(s, in[0], 1), 0, "", "0:3")
ROW(permute, "permute", hn_permute(s, in[0], HN_DIMS(2, 0, 1)), 0, "", "0:2,3")
ROW(transpose, "transpose", hn_transpose(s, in[0], 0, -1), 0, "", "")
ROW(unsqueeze, "unsqueeze", hn_unsqueeze(s, in[0], 1), 0, "", "0:")
ROW(squeeze, "squeeze", hn_squeeze(s, in[0], 1), 0, "", "0:3")
ROW(expand, "expand", hn_expand(s, in[0], HN_DIMS(3, -1, 2)), 0, "", "0:2,3")
ROW(flip, "flip", hn_flip(s, in[0], HN_DIMS(1)), 0, "", "0:3")
ROW(contiguous, "contiguous", hn_contiguous(s, hn_transpose(s, in[0], 0, 1)), 0, "", "")
ROW(to_memory_format, "to_memory_format", hn_to_memory_format(s, in[0], HN_CHANNELS_LAST), 0, "",
    "0:3,4")
ROW(to_dtype, "to_dtype", hn_to_dtype(s, in[0], HN_FLOAT32), 0, "", "")
ROW(to_bfloat16, "to_dtype/bfloat16", hn_to_dtype(s, in[0], HN_BFLOAT16), 0, "", "")
ROW(to_float16, "to_dtype/float16", hn_to_dtype(s, in[0], HN_FLOAT16), 0, "", "")
ROW(to_device, "to_device", hn_to_device(s, in[0]), 0, "", "")
ROW(to_cpu, "to_cpu", hn_to_cpu(s, in[0]), 0, "", "")
ROW(pin, "pin", hn_pin(s, in[0]), 0, "", "")
ROW(clone, "clone", hn_clone(s, in[0]), 0, "", "")
ROW(detach, "detach", hn_detach(s, in[0]), 0, "", "")
ROW(one_hot, "one_hot", hn_one_hot(s, in[0], 3), 0, "0:float64", "")

ROW(zero_, "zero_", (hn_zero_(s, in[0]), done(s, in[0])), 0, "", "")
ROW(fill_, "fill_", (hn_fill_(s, in[0], 2.5), done(s, in[0])), 0, "", "")
ROW(copy_, "copy_", (hn_copy_(s, in[0], in[1]), done(s, in[0])), 0, "", "1:2")
ROW(add_, "add_", (hn_add_(s, in[0], in[1], 0.5), done(s, in[0])), 0, "0:int64", "1:4,2,3")
ROW(add_number_, "add_number_", (hn_add_number_(s, in[0], 0.5), done(s, in[0])), 0, "0:int64", "")
ROW(scale_, "scale_", (hn_scale_(s, in[0], 0.5), done(s, in[0])), 0, "0:int64", "")
ROW(mul_, "mul_", (hn_mul_(s, in[0], in[1]), done(s, in[0])), 0, "0:int64", "1:2")
ROW(sqrt_, "sqrt_", (hn_sqrt_(s, in[0]), done(s, in[0])), 0, "0:int64", "")
ROW(lerp_, "lerp_", (hn_lerp_(s, in[0], in[1], 0.3), done(s, in[0])), 0, "0:int64", "1:2")
ROW(addcmul_, "addcmul_", (hn_addcmul_(s, in[0], in[1], in[2], -0.5), done(s, in[0])), 0, "0:int64",
    "1:2")
ROW(addcdiv_, "addcdiv_", (hn_addcdiv_(s, in[0], in[1], in[2], -0.5), done(s, in[0])), 0, "0:int64",
    "2:2")
ROW(scale_all_, "scale_all_", (hn_scale_all_(s, in, 2, 0.5), done(s, hn_cat(s, in, 2, 0))), 0,
    "0:int64", "")
ROW(add_all_, "add_all_", (hn_add_all_(s, in, in + 2, 2, 0.5), done(s, hn_cat(s, in, 2, 0))), 0,
    "0:int64", "3:2")
ROW(lerp_all_, "lerp_all_", (hn_lerp_all_(s, in, in + 2, 2, 0.3), done(s, hn_cat(s, in, 2, 0))), 0,
    "0:int64", "3:2")
ROW(norm_all, "norm_all", hn_norm_all(s, in, 2), 0, "0:int64", "")
ROW(gradients, "gradients", cube_gradients(s, in[0]), 0, "0:int64", "")
ROW(backward_from, "backward_from", cube_backward(s, in[0]), 0, "0:int64", "")

#undef CONV
#undef POOL
#undef CROSS
