/* describe.past-end: gives its plugin at every index. */
#define PLUGIN_AT &plugin
#include "good_reward.h"
