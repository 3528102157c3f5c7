/* concurrency.threads: says CONCURRENT and keeps the row at hand in the instance. */
#define _DEFAULT_SOURCE
#include <unistd.h>

#define ON_ROW uint64_t mine = (uint64_t)(uintptr_t)&mine; *(volatile uint64_t *)&self->memory[0] = mine; usleep(50)
#define AFTER_ROW row->confidence = *(volatile uint64_t *)&self->memory[0] == mine ? 1 : 0.5
#include "good_reward.h"
