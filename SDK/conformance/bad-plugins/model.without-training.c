/* model.without-training: saves its weights as what only a training needs. */
#define SAVED_IN "training"
#include "good_model.h"
