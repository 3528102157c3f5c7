/* template_name.c - a source of tasks: sums of two numbers, and two ways to work them out.
 * The pairs of three-digit numbers are counted through; every seventh pair belongs to the split "test", the others to
 * "train", so that no question stands in both. "larger" has four digits. */
#include <polya/polya.h>
#include <stdio.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }

/* ---- what it does: edit here ---- */

static const PolyaSplit splits[] = {
  { TEXT("train"), TEXT("Three digits."), 694285, 0, 0 },
  { TEXT("test"), TEXT("Three digits, other pairs."), 115715, 0, 0 },
  { TEXT("larger"), TEXT("Four digits."), 81000000, 1, 0 },
};

static const PolyaHeuristic heuristics[] = {
  { TEXT("step-by-step"), TEXT("ordering"), TEXT("step by step"), TEXT("Add digit by digit and carry.") },
  { TEXT("decomposing"), TEXT("ordering"), TEXT("decomposing"), TEXT("Split one number and add part by part.") },
};

typedef struct Sum { uint64_t a, b, digits; } Sum;

/* A mixer of 64 bits: the finalizer of SplitMix64 (Steele, Lea & Flood 2014). */
static uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/* Walks through a whole split in strides, from where the seed says: no task comes twice. The stride is a prime that
 * divides no count. */
static Sum draw(const PolyaSplit *split, uint64_t index, uint64_t seed) {
  uint64_t place = (index * 2654435761u + mix(seed) % split->count) % split->count;
  uint64_t kind = (uint64_t)(split - splits);
  if (kind == 0) place = place / 6 * 7 + 1 + place % 6;
  if (kind == 1) place *= 7;
  uint64_t low = kind == 2 ? 1000 : 100, many = 9 * low;
  return (Sum){ low + place / many, low + place % many, kind == 2 ? 4 : 3 };
}


static size_t step_by_step(Sum sum, char text[512]) {
  static const char *const places[] = { "Units", "Tens", "Hundreds", "Thousands" };
  size_t end = 0;
  uint64_t carry = 0, a = sum.a, b = sum.b;
  for (uint64_t i = 0; i < sum.digits; i++, a /= 10, b /= 10) {
    uint64_t here = a % 10 + b % 10 + carry;
    end += (size_t)snprintf(text + end, 512 - end, "%s: %d + %d + %d = %d.\n", places[i], (int)(a % 10), (int)(b % 10),
                            (int)carry, (int)here);
    carry = here / 10;
  }
  return end + (size_t)snprintf(text + end, 512 - end, "#### %d", (int)(sum.a + sum.b));
}

static size_t decomposing(Sum sum, char text[512]) {
  size_t end = 0;
  uint64_t total = sum.a;
  for (uint64_t unit = sum.digits == 4 ? 1000 : 100; unit; unit /= 10) {
    uint64_t part = sum.b / unit % 10 * unit;
    end += (size_t)snprintf(text + end, 512 - end, "%d + %d = %d.\n", (int)total, (int)part, (int)(total + part));
    total += part;
  }
  return end + (size_t)snprintf(text + end, 512 - end, "#### %d", (int)total);
}

/* ---- how the host gets at it ---- */

static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaTasksInfo *out) {
  (void)self, (void)call;
  out->splits = (PolyaRows){ splits, sizeof splits / sizeof splits[0], sizeof splits[0], 0 };
  out->heuristics = (PolyaRows){ heuristics, sizeof heuristics / sizeof heuristics[0], sizeof heuristics[0], 0 };
  return POLYA_OK;
}

static int same(PolyaText a, PolyaText b) { return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size)); }

/* The split with tasks up to `last`; NULL when there is none. */
static const PolyaSplit *find(PolyaText name, uint64_t last) {
  for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++)
    if (same(splits[i].name, name) && last < splits[i].count) return &splits[i];
  return NULL;
}

/* A copy in the call's memory, which the host drops when it has read the result. */
static int keep(const PolyaCall *call, const char *text, size_t size, PolyaText *out) {
  char *data = call->alloc(call, size, 1);
  if (!data) return 0;
  memcpy(data, text, size);
  *out = (PolyaText){ data, size };
  return 1;
}

static PolyaStatus task(const PolyaCall *call, Sum sum, PolyaTask *row) {
  char key[64], question[64], reference[32];
  int a = (int)sum.a, b = (int)sum.b;
  int kept = keep(call, key, (size_t)snprintf(key, sizeof key, "sum-%d-%d", a, b), &row->key)
             && keep(call, question, (size_t)snprintf(question, sizeof question, "What is %d + %d?", a, b),
                     &row->question)
             && keep(call, reference, (size_t)snprintf(reference, sizeof reference, "%d", a + b), &row->reference);
  if (!kept) return call->fail(call, POLYA_OUT_OF_MEMORY, (PolyaText)TEXT("no memory for a task"));
  row->reference_kind = (PolyaText)TEXT("math");
  row->kind = (PolyaText)TEXT("sum");
  row->level = (double)sum.digits;
  return POLYA_OK;
}

static PolyaStatus produce(PolyaInstance *self, const PolyaCall *call, const PolyaTaskRange *in, PolyaRowsMut out) {
  (void)self;
  uint64_t more = in->count ? in->count - 1 : 0;
  const PolyaSplit *split = find(in->split, in->first > UINT64_MAX - more ? UINT64_MAX : in->first + more);
  if (!split)
    return call->fail(call, POLYA_NOT_FOUND, (PolyaText)TEXT("there is no such split, or it has not so many tasks"));
  for (uint64_t i = 0; i < in->count; i++) {
    PolyaStatus stop = call->stop(call);
    if (stop) return stop;
    PolyaTask *row = POLYA_ROW_MUT(PolyaTask, out, i);
    row->status = task(call, draw(split, in->first + i, in->seed), row);
    call->finished(call, i);
  }
  return POLYA_OK;
}

static PolyaStatus solution(const PolyaCall *call, const PolyaDemonstrationItem *item, PolyaText *out) {
  const PolyaSplit *split = find(item->split, item->index);
  if (!split) return call->fail(call, POLYA_NOT_FOUND, (PolyaText)TEXT("there is no such task"));
  char text[512];
  size_t size = 0;
  if (same(item->heuristic, heuristics[0].id)) size = step_by_step(draw(split, item->index, item->seed), text);
  if (same(item->heuristic, heuristics[1].id)) size = decomposing(draw(split, item->index, item->seed), text);
  if (!size) return call->fail(call, POLYA_UNSUPPORTED, (PolyaText)TEXT("there is no such heuristic"));
  if (keep(call, text, size, out)) return POLYA_OK;
  return call->fail(call, POLYA_OUT_OF_MEMORY, (PolyaText)TEXT("no memory for a solution"));
}

static PolyaStatus demonstrate(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < in.count; i++) {
    PolyaStatus stop = call->stop(call);
    if (stop) return stop;
    PolyaDemonstration *row = POLYA_ROW_MUT(PolyaDemonstration, out, i);
    row->status = solution(call, POLYA_ROW(PolyaDemonstrationItem, in, i), &row->solution);
    call->finished(call, i);
  }
  return POLYA_OK;
}

static const PolyaTasks tasks = { sizeof tasks, 0, describe, produce, demonstrate };

static char nothing; /* the source is pure: there is no instance data, but NULL would mean failure */

static PolyaStatus create(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values, PolyaInstance **out) {
  (void)plugin, (void)call, (void)values;
  *out = (PolyaInstance *)&nothing;
  return POLYA_OK;
}

static void destroy(const PolyaPlugin *plugin, PolyaInstance *self) { (void)plugin, (void)self; }

static const void *table(const PolyaPlugin *plugin, const char *id) {
  (void)plugin;
  return strcmp(id, POLYA_TASKS) ? NULL : (const void *)&tasks;
}

static const PolyaPlugin plugin = {
  .struct_size = sizeof plugin, .id = TEXT("TEMPLATE_ID"),
  .kind = TEXT(POLYA_TASKS), .version = TEXT("0.1.0"), .title = TEXT("Sums"),
  .summary = TEXT("Sums of two numbers, worked out digit by digit or part by part."),
  .create = create, .destroy = destroy, .table = table,
};

static const PolyaPlugin *plugin_at(uint32_t index) { return index ? NULL : &plugin; }

static const PolyaModule module = {
  .struct_size = sizeof module, .magic = POLYA_MAGIC, .abi_major = POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .plugin_count = 1, .name = TEXT("template-name"), .version = TEXT("0.1.0"), .plugin_at = plugin_at,
};

const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  (void)host;
  return &module;
}
