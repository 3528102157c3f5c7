/* model.stop-strings: leaves the stop string in the text. */
#define STOP_CUT 0
#include "good_model.h"
