/* strategy.moves: gives moves that are neither ask nor answer. */
#define ASK_ACTION 7
#include "good_strategy.h"
