/* reward.notes: writes a note about bytes behind the completion. */
#define NOTE_SPAN { 0, 1000000 }
#include "good_reward.h"
