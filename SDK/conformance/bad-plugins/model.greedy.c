/* model.greedy: does not know temperature 0. */
#define IS_GREEDY 0
#include "good_model.h"
