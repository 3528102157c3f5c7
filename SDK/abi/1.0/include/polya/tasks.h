/* tasks.h - "polya.tasks/1": questions with checkable references, and worked demonstrations of them.
 * Pure: a task is a function of (split, index, seed). */
#ifndef POLYA_TASKS_H
#define POLYA_TASKS_H

#include "plugin.h"

POLYA_BEGIN

/* Splits of one source are disjoint: no question stands in two of them, whatever the seed. */
typedef struct PolyaSplit {
  PolyaText name, help;    /* "train", "test", ... */
  uint64_t count;          /* 0: unbounded */
  uint32_t out_of_distribution, zero;
} PolyaSplit;

typedef struct PolyaTasksInfo {
  uint32_t struct_size, zero;
  PolyaRows splits;        /* PolyaSplit; at least one */
  PolyaRows heuristics;    /* PolyaHeuristic: what demonstrate() knows; may be empty */
} PolyaTasksInfo;

typedef struct PolyaTaskRange { PolyaText split; uint64_t first, count, seed; } PolyaTaskRange;

typedef struct PolyaTask {
  PolyaStatus status;
  int32_t zero;
  PolyaText key;           /* unique in the source, stable over versions of the plugin */
  PolyaText question, reference, reference_kind;
  PolyaText kind;          /* the structure of the question, for tables; may be empty */
  double level;            /* difficulty, the source's own scale */
  PolyaText metadata_json;     /* may be empty */
} PolyaTask;

typedef struct PolyaDemonstrationItem {
  uint64_t item_id;
  PolyaText split;
  uint64_t index, seed;    /* of the task */
  PolyaText heuristic;     /* one of describe()'s ids */
} PolyaDemonstrationItem;

typedef struct PolyaDemonstration {
  PolyaStatus status;      /* POLYA_UNSUPPORTED: this heuristic does not fit this task */
  int32_t zero;
  PolyaText solution;
} PolyaDemonstration;

#define POLYA_TASKS "polya.tasks/1"
typedef struct PolyaTasks {
  uint32_t struct_size, zero;
  /* Fills *out, which the host has zeroed but for struct_size; the same answer for the life of the instance.
   * On failure *out is not read. */
  PolyaStatus (*describe)(PolyaInstance *self, const PolyaCall *call, PolyaTasksInfo *out);
  /* out: in->count rows of PolyaTask, for the indices first ..< first + count. POLYA_NOT_FOUND: an unknown split
   * or an index past its end. A row's own status says that this row has no task. */
  PolyaStatus (*produce)(PolyaInstance *self, const PolyaCall *call, const PolyaTaskRange *in, PolyaRowsMut out);
  /* Optional. in: PolyaDemonstrationItem, out: PolyaDemonstration, same count and order. Fails by row. */
  PolyaStatus (*demonstrate)(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out);
} PolyaTasks;

POLYA_END
#endif
