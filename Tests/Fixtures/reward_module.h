/* reward_module.h - all that a reward of the tests has beside `describe` and `score`, which the including file defines:
 * an instance without state, the descriptor, the module and its entry. Include it last, after
 *
 *   #define ID "length"        becomes org.example.length
 *   #define TITLE "Length"
 *   #define SUMMARY "Length modulo 7."
 *   #define TRAITS 0           POLYA_TRAIT_ bits; 0 when it is not defined */
#ifndef TRAITS
#define TRAITS 0
#endif
#define TEXT_OF(s) { s, sizeof(s) - 1 }

static const PolyaReward reward = { sizeof reward, 0, describe, score };
static char nothing;
static PolyaStatus create(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values, PolyaInstance **out) {
  (void)plugin, (void)call, (void)values;
  *out = (PolyaInstance *)&nothing;
  return POLYA_OK;
}
static void destroy(const PolyaPlugin *plugin, PolyaInstance *self) { (void)plugin, (void)self; }
static const void *table(const PolyaPlugin *plugin, const char *id) {
  (void)plugin;
  return strcmp(id, POLYA_REWARD) ? NULL : (const void *)&reward;
}
static const PolyaPlugin plugin = {
  .struct_size = sizeof plugin, .traits = TRAITS, .id = TEXT_OF("org.example." ID),
  .kind = TEXT_OF(POLYA_REWARD), .version = TEXT_OF("1.0.0"), .title = TEXT_OF(TITLE), .summary = TEXT_OF(SUMMARY),
  .create = create, .destroy = destroy, .table = table,
};
static const PolyaPlugin *plugin_at(uint32_t index) { return index ? NULL : &plugin; }
static const PolyaModule module = {
  .struct_size = sizeof module, .magic = POLYA_MAGIC, .abi_major = POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .plugin_count = 1, .name = TEXT_OF(ID), .version = TEXT_OF("1.0.0"), .plugin_at = plugin_at,
};
const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  (void)host;
  return &module;
}
