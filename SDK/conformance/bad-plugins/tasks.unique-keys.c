/* tasks.unique-keys: gives two neighbors one key. */
#define KEY_INDEX index / 2
#include "good_tasks.h"
