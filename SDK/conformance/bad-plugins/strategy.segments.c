/* strategy.segments: ends a segment behind the text. */
#define SEGMENT_END item->answer.size + 1
#include "good_strategy.h"
