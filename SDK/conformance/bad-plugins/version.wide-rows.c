/* version.wide-rows: takes the rows for an array of the struct it knows. */
#define ITEM ((const PolyaRewardItem *)in.base + i)
#include "good_reward.h"
