/* concurrency.instances: keeps the row at hand in a variable of the module, and does not say SERIAL_MODULE. */
#define _DEFAULT_SOURCE
#include <unistd.h>
#include <stdint.h>
static uint64_t scratch;
#define ON_ROW uint64_t mine = (uint64_t)(uintptr_t)&mine; *(volatile uint64_t *)&scratch = mine; usleep(50)
#define AFTER_ROW row->confidence = *(volatile uint64_t *)&scratch == mine ? 1 : 0.5
#include "good_reward.h"
