/* model.occupied-folder: saves over what is there. */
#define REFUSES_OCCUPIED 0
#include "good_model.h"
