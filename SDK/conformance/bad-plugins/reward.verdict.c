/* reward.verdict: gives rows that are neither scored nor abstain. */
#define VERDICT 0
#include "good_reward.h"
