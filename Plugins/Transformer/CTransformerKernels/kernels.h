#include "vector.h"

#include "matrix.h"

#include "decode.h"

#include "layers.h"

#include "softmax.h"

#include "optimizer.h"

static const TKProducts TK_NAME(tk_products) = {
    .panel = PANEL,
    .strip = PANEL,
    .pack = TK_NAME(pack),
    .multiply = TK_NAME(multiply),
    .stack = TK_NAME(stack),
    .accumulate = TK_NAME(accumulate),
};

const TKKernels TK_NAME(tk_table) = {
    .level = TK_LEVEL,
    .products = &TK_NAME(tk_products),
    .block_scores = TK_NAME(block_scores),
    .attend_values = TK_NAME(attend_values),
    .norm = TK_NAME(norm),
    .norm_backward = TK_NAME(norm_backward),
    .layer_norm = TK_NAME(layer_norm),
    .layer_norm_backward = TK_NAME(layer_norm_backward),
    .rotate = TK_NAME(rotate),
    .gated_activation = TK_NAME(gated_activation),
    .gated_activation_backward = TK_NAME(gated_activation_backward),
    .causal_softmax = TK_NAME(causal_softmax),
    .causal_probabilities = TK_NAME(causal_probabilities),
    .softmax_backward = TK_NAME(softmax_backward),
    .soft_cap = TK_NAME(soft_cap),
    .scale = TK_NAME(scale),
    .row_dots = TK_NAME(row_dots),
    .log_sum = TK_NAME(log_sum),
    .log_sum_backward = TK_NAME(log_sum_backward),
    .exponentials = TK_NAME(exponentials),
    .sample_index = TK_NAME(sample_index),
    .argmax = TK_NAME(argmax),
    .add = TK_NAME(add),
    .add_scaled = TK_NAME(add_scaled),
    .gather = TK_NAME(gather),
    .scatter_add = TK_NAME(scatter_add),
    .sum_of_squares = TK_NAME(sum_of_squares),
    .adamw = TK_NAME(adamw),
    .finite = TK_NAME(finite),
};
