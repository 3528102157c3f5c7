#include "vector.h"

#include "matrix.h"

#include "decode.h"

#include "layers.h"

#include "softmax.h"

#include "optimiser.h"

const TKKernels TK_NAME(tk_table) = {
    .level = TK_LEVEL,
    .panel = PANEL,
    .pack = TK_NAME(pack),
    .multiply = TK_NAME(multiply),
    .block_scores = TK_NAME(block_scores),
    .block_mix = TK_NAME(block_mix),
    .stack = TK_NAME(stack),
    .accumulate = TK_NAME(accumulate),
    .norm = TK_NAME(norm),
    .norm_backward = TK_NAME(norm_backward),
    .layer_norm = TK_NAME(layer_norm),
    .layer_norm_backward = TK_NAME(layer_norm_backward),
    .rotate = TK_NAME(rotate),
    .gate = TK_NAME(gate),
    .gate_backward = TK_NAME(gate_backward),
    .causal_softmax = TK_NAME(causal_softmax),
    .causal_probabilities = TK_NAME(causal_probabilities),
    .softmax_backward = TK_NAME(softmax_backward),
    .soft_cap = TK_NAME(soft_cap),
    .scale = TK_NAME(scale),
    .row_dots = TK_NAME(row_dots),
    .log_sum = TK_NAME(log_sum),
    .log_sum_backward = TK_NAME(log_sum_backward),
    .exponentials = TK_NAME(exponentials),
    .pick = TK_NAME(pick),
    .top = TK_NAME(top),
    .add = TK_NAME(add),
    .add_scaled = TK_NAME(add_scaled),
    .gather = TK_NAME(gather),
    .scatter_add = TK_NAME(scatter_add),
    .squares = TK_NAME(squares),
    .adamw = TK_NAME(adamw),
    .finite = TK_NAME(finite),
};
