/* tasks.unknown-split: takes every unknown split for the first. */
#define UNKNOWN_SPLIT 0
#include "good_tasks.h"
