/* model.new-training: keeps the moments of an earlier training. */
#define FORGETS 0
#include "good_model.h"
