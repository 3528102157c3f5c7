/* reward.confidence: gives confidence in percent. */
#define CONFIDENCE 100
#include "good_reward.h"
