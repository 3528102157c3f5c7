/* reward.confidence: gives confidence in per cent. */
#define CONFIDENCE 100
#include "good_reward.h"
