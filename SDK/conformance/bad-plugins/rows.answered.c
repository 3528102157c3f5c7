/* rows.answered: gives the opposite of what the row of --rows says. */
#define SCORE !right
#include "good_reward.h"
