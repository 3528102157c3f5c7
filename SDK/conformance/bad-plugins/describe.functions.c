/* describe.functions: has forward() and no backward(). */
#define FUNCTIONS { sizeof(PolyaModel), 0, info, encode, decode, NULL, generate, score, forward, backward, \
  NULL, step, save, load, NULL }
#include "good_model.h"
