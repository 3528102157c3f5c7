/* hostile.unicode: dies of a text with NUL inside. */
#define ON_ROW if (item->completion.size && memchr(item->completion.data, 0, item->completion.size)) abort()
#include "good_reward.h"
