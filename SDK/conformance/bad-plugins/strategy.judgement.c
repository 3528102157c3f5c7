/* strategy.judgement: gives adherence in per cent. */
#define ADHERENCE 50
#include "good_strategy.h"
