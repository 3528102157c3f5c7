/* base.h - plain values: status codes, text, rows. */
#ifndef POLYA_BASE_H
#define POLYA_BASE_H

#include <stddef.h>
#include <stdint.h>

#define POLYA_MAGIC 0x504C5941u /* 'PLYA' */

#if defined(__cplusplus)
#define POLYA_BEGIN extern "C" {
#define POLYA_END }
#define POLYA_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define POLYA_BEGIN
#define POLYA_END
#define POLYA_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif
#define POLYA_EXPORT __attribute__((visibility("default")))

/* True when table or struct *p, which starts with uint32_t struct_size, carries the non-null field f. */
#define POLYA_HAS(p, f) \
  ((p) && (p)->struct_size >= (uint32_t)((const char *)&(p)->f - (const char *)(p)) + sizeof((p)->f) && (p)->f)
/* Element i of a PolyaRows (or PolyaRowsMut) whose elements are of type T. */
#define POLYA_ROW(T, rows, i) ((const T *)(const void *)((const uint8_t *)(rows).base + (size_t)(i) * (rows).stride))
#define POLYA_ROW_MUT(T, rows, i) ((T *)(void *)((uint8_t *)(rows).base + (size_t)(i) * (rows).stride))

POLYA_BEGIN

typedef int32_t PolyaStatus;
enum {
  POLYA_OK = 0,
  POLYA_CANCELLED = 1,     /* stopped because the host asked */
  POLYA_TIMED_OUT = 2,     /* deadline reached */
  POLYA_BAD_ARGUMENT = 3,  /* the caller broke this contract */
  POLYA_BAD_OPTION = 4,    /* an option value is wrong in a way its descriptor cannot say */
  POLYA_NOT_FOUND = 5,
  POLYA_UNSUPPORTED = 6,   /* never works here: do not retry */
  POLYA_WRONG_STATE = 7,
  POLYA_OUT_OF_MEMORY = 8,
  POLYA_LIMIT = 9,         /* a declared limit was exceeded: context, batch, size */
  POLYA_UNAVAILABLE = 10,  /* may work later: the host retries with back-off */
  POLYA_IO = 11,
  POLYA_CORRUPT = 12,      /* stored data does not verify */
  POLYA_DENIED = 13,
  POLYA_INTERNAL = 14,     /* a bug on the callee's side */
  POLYA_MISBEHAVED = 15    /* used by the host only: the plugin broke this contract */
};

typedef struct PolyaText   { const char    *data; uint64_t size;  } PolyaText;   /* UTF-8 */
typedef struct PolyaBytes  { const uint8_t *data; uint64_t size;  } PolyaBytes;  /* anything */
typedef struct PolyaTokens { const int32_t *ids;  uint64_t count; } PolyaTokens;
typedef struct PolyaSpan   { uint64_t begin, end; } PolyaSpan; /* byte offsets, half open */

/* An array whose element type may grow: the stride is the sender's element size. */
typedef struct PolyaRows    { const void *base; uint64_t count; uint32_t stride; uint32_t zero; } PolyaRows;
/* An array the caller owns and the callee fills: zeroed before the call; write only fields inside the stride. */
typedef struct PolyaRowsMut { void       *base; uint64_t count; uint32_t stride; uint32_t zero; } PolyaRowsMut;

/* One turn of a conversation. role: "system" "user" "assistant" "tool". */
typedef struct PolyaMessage { PolyaText role, content; } PolyaMessage;
/* A labeled part of an answer. */
typedef struct PolyaSegment { PolyaSpan span; PolyaText label; } PolyaSegment;

enum { POLYA_NOTE_INFO = 0, POLYA_NOTE_WARNING, POLYA_NOTE_FAULT };
/* A note on one row: a stable code for machines, a sentence for people, the bytes it is about (or 0..0). */
typedef struct PolyaNote { PolyaText code, message; PolyaSpan span; int32_t severity; int32_t zero; } PolyaNote;

/* A way to approach a question. id: [a-z][a-z0-9-]*; family groups related ones; idea: one line. */
typedef struct PolyaHeuristic { PolyaText id, family, title, idea; } PolyaHeuristic;
/* A question worked out by a named heuristic. */
typedef struct PolyaExemplar { PolyaText question, heuristic, solution; } PolyaExemplar;

POLYA_STATIC_ASSERT(sizeof(void *) == 8, "polya plugins are 64-bit");

POLYA_END
#endif
