/* plugin.h - a module, the plugins it holds, and the one exported function. */
#ifndef POLYA_PLUGIN_H
#define POLYA_PLUGIN_H

#include "host.h"
#include "options.h"

POLYA_BEGIN

#define POLYA_TRAIT_NONDETERMINISTIC (UINT64_C(1) << 0) /* same seed may give another result */
#define POLYA_TRAIT_NETWORK          (UINT64_C(1) << 1)
#define POLYA_TRAIT_RUNS_CODE        (UINT64_C(1) << 2) /* executes text that a model wrote */
#define POLYA_TRAIT_GPU              (UINT64_C(1) << 3)
#define POLYA_TRAIT_OWN_PROCESS      (UINT64_C(1) << 4) /* must never be loaded into the host */
#define POLYA_TRAIT_WHOLE_GROUPS     (UINT64_C(1) << 5) /* a reward that wants all samples of a question in one call */
#define POLYA_TRAIT_SERIAL_MODULE    (UINT64_C(1) << 6) /* its instances share state: one call at a time in the module */

typedef struct PolyaPlugin PolyaPlugin;
typedef struct PolyaInstance PolyaInstance; /* opaque, the plugin's own */

struct PolyaPlugin {
  uint32_t struct_size, zero;
  uint64_t traits;          /* POLYA_TRAIT_ */
  PolyaText id;             /* reverse domain: "org.example.exact-match" */
  PolyaText kind;           /* POLYA_STRATEGY, POLYA_REWARD, POLYA_MODEL or POLYA_TASKS */
  PolyaText version;        /* semver of the plugin */
  PolyaText title, summary; /* one line each */
  PolyaText guide;          /* Markdown; may be empty */
  PolyaRows options;        /* PolyaOption */
  void *user;               /* the plugin's own, untouched by the host */
  /* values: PolyaValue, one per option, in their order, borrowed. On success *out is the plugin's own, until
   * destroy(). On failure *out stays NULL, nothing is leaked, and nothing is destroyed. */
  PolyaStatus (*create)(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values, PolyaInstance **out);
  /* Once per created instance, never while another call runs on it. Joins every thread that the instance
   * started, closes what it opened. Cannot fail. */
  void (*destroy)(const PolyaPlugin *plugin, PolyaInstance *instance);
  /* [any] Optional. Makes calls in progress return POLYA_CANCELLED soon (blocked sockets, child processes), also when
   * there is none; later calls work again. Returns within 10 ms. Cannot fail. */
  void (*interrupt)(const PolyaPlugin *plugin, PolyaInstance *instance);
  /* [any] The function table of an interface id, NUL-terminated; NULL when unknown. The table is the module's,
   * constant for its life. */
  const void *(*table)(const PolyaPlugin *plugin, const char *id);
};

typedef struct PolyaModule {
  uint32_t struct_size;
  uint32_t magic;                /* POLYA_MAGIC */
  uint16_t abi_major, abi_minor; /* of the header it was compiled with */
  uint16_t needs_minor;          /* lowest host minor it can work with */
  uint16_t zero;
  uint32_t plugin_count;
  uint32_t zero2;
  PolyaText name, version, toolchain;
  /* [any] The module's own, constant for its life; NULL past the end. */
  const PolyaPlugin *(*plugin_at)(uint32_t index);
} PolyaModule;

/* The only exported symbol. First call into the module; may be repeated and gives the same answer, which is
 * the module's own for its life. NULL refuses to load, after saying why through host->log. The host checks magic, major
 * and needs_minor. */
POLYA_EXPORT const PolyaModule *polya_plugin_entry(const PolyaHost *host);

POLYA_STATIC_ASSERT(offsetof(PolyaPlugin, table) == 168, "PolyaPlugin 1.0");
POLYA_STATIC_ASSERT(offsetof(PolyaModule, plugin_at) == 72, "PolyaModule 1.0");

POLYA_END
#endif
