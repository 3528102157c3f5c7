/* tasks.unique-keys: gives two neighbours one key. */
#define KEY_INDEX index / 2
#include "good_tasks.h"
