/* reward.texts: cuts the extracted answer in the middle of a code point. */
#define EXTRACTED AS_TEXT("\xe2\x88")
#include "good_reward.h"
