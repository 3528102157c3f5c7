/* model.round-trip: drops the last byte of a text. */
#define ENCODED_SIZE (text->size ? text->size - 1 : 0)
#include "good_model.h"
