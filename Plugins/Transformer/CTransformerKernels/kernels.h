#include "vector.h"

#include "matrix.h"

#include "decode.h"

#include "bf16.h"

#include "matrix_bf16.h"

#include "decode_bf16.h"

#include "matrix_int8.h"

#include "layers.h"

#include "softmax.h"

#include "optimizer.h"

static int64_t TK_NAME(rows)(int64_t k) { return k; }
static int64_t TK_NAME(rows_bf16)(int64_t k) { return (k + 1) / 2 * 2; }
static int64_t TK_NAME(rows_int8)(int64_t k) { return int8_rows(k); }

static const TKProducts TK_NAME(tk_products) = {
    .panel = PANEL,
    .strip = PANEL,
    .bytes = 4,
    .group = 1,
    .rows = TK_NAME(rows),
    .pack = TK_NAME(pack),
    .pack_transposed = TK_NAME(pack_transposed),
    .put_column = TK_NAME(put_column),
    .get_column = TK_NAME(get_column),
    .put_row = TK_NAME(put_row),
    .multiply = TK_NAME(multiply),
    .stack_left = TK_NAME(stack_left),
    .stack = TK_NAME(stack),
    .accumulate = TK_NAME(accumulate),
    .lay_rows = TK_NAME(lay_rows),
    .block_scores = TK_NAME(block_scores),
    .attend_values = TK_NAME(attend_values),
};

static const TKProducts TK_NAME(tk_products_bf16) = {
    .panel = PANEL,
    .strip = PANEL,
    .bytes = 2,
    .group = 2,
    .rows = TK_NAME(rows_bf16),
    .pack = TK_NAME(pack_bf16),
    .pack_transposed = TK_NAME(pack_transposed_bf16),
    .put_column = TK_NAME(put_column_bf16),
    .get_column = TK_NAME(get_column_bf16),
    .put_row = TK_NAME(put_row_bf16),
    .multiply = TK_NAME(multiply_bf16),
    .stack_left = TK_NAME(stack_left_bf16),
    .stack = TK_NAME(stack_bf16),
    .accumulate = TK_NAME(accumulate_bf16),
    .lay_rows = TK_NAME(lay_rows_bf16),
    .block_scores = TK_NAME(block_scores_bf16),
    .attend_values = TK_NAME(attend_values_bf16),
};

static const TKProducts TK_NAME(tk_products_int8) = {
    .panel = PANEL,
    .strip = PANEL,
    .bytes = 1,
    .group = 4,
    .rows = TK_NAME(rows_int8),
    .put_column = TK_NAME(put_column_int8),
    .get_column = TK_NAME(get_column_int8),
    .multiply = TK_NAME(multiply_int8),
};

const TKKernels TK_NAME(tk_table) = {
    .level = TK_LEVEL,
    .products = &TK_NAME(tk_products),
    .products_bf16 = &TK_NAME(tk_products_bf16),
    .products_int8 = &TK_NAME(tk_products_int8),
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
    .round = TK_NAME(round),
    .widen = TK_NAME(widen),
    .sum_at_least = TK_NAME(sum_at_least),
    .add = TK_NAME(add),
    .add_scaled = TK_NAME(add_scaled),
    .gather = TK_NAME(gather),
    .scatter_add = TK_NAME(scatter_add),
    .sum_of_squares = TK_NAME(sum_of_squares),
    .adamw = TK_NAME(adamw),
    .adamw_bf16 = TK_NAME(adamw_bf16),
    .split_panel = TK_NAME(split_panel),
    .put_panel_int8 = TK_NAME(put_panel_int8),
    .finite = TK_NAME(finite),
};
