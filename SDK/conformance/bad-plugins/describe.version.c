/* describe.version: has a version of two numbers. */
#define VERSION "1.0"
#include "good_reward.h"
