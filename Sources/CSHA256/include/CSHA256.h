/* CSHA256.h - the compression function of SHA-256 (FIPS 180-4, section 6.2.2). */
#ifndef CSHA256_H
#define CSHA256_H

#include <stddef.h>
#include <stdint.h>

/* Whether this processor has instructions for it. */
int csha256_is_accelerated(void);
/* Takes `count` blocks of 64 bytes into the state of eight words; `accelerated` only where csha256_is_accelerated(). */
void csha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t count, int accelerated);

#endif
