/* model.save-load: saves half of its weights. */
#define SAVED_SIZE sizeof x->w / 512
#include "good_model.h"
