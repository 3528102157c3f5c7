/* model.info: has an end token outside its vocabulary. */
#define END_TOKEN V
#include "good_model.h"
