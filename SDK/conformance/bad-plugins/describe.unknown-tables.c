/* describe.unknown-tables: gives its table for ids that only start like its own. */
#define TABLE strncmp(id, KIND, 14) ? NULL : (const void *)&functions
#include "good_reward.h"
