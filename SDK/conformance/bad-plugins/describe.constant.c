/* describe.constant: widens its range after some calls. */
static int calls;
#define LOW (calls > 0 ? -1 : 0)
#define BEFORE_RETURN calls++
#include "good_reward.h"
