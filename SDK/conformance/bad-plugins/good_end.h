/* good_end.h - the second half of good_module.h: needs KIND and `functions`. */
static const PolyaOption options[] = { OPTIONS };

static PolyaStatus create(const PolyaPlugin *plugin, const PolyaCall *call, PolyaRows values, PolyaInstance **out) {
  (void)plugin;
  (void)values;
  CREATE_CHECK
  PolyaInstance *self = calloc(1, sizeof *self);
  if (!self) return call->fail(call, POLYA_OUT_OF_MEMORY, AS_TEXT("no memory for an instance"));
  if (!(OPEN_STATE)) {
    free(self);
    return call->fail(call, POLYA_OUT_OF_MEMORY, AS_TEXT("no memory for the weights"));
  }
  ON_CREATE;
  *out = self;
  return POLYA_OK;
}

static void destroy(const PolyaPlugin *plugin, PolyaInstance *self) {
  (void)plugin;
  ON_DESTROY;
  CLOSE_STATE;
  free(self);
}

static const void *table(const PolyaPlugin *plugin, const char *id) {
  (void)plugin;
  (void)id;
  return TABLE;
}

static const PolyaPlugin plugin = {
  .struct_size = sizeof plugin, .traits = TRAITS, .id = TEXT(ID), .kind = TEXT(KIND),
  .version = TEXT(VERSION), .title = TEXT(TITLE), .summary = TEXT("For tests of the checker."),
  .options = { options, sizeof options / sizeof options[0], sizeof options[0], 0 }, .create = create,
  .destroy = destroy, .interrupt = INTERRUPT, .table = table,
};

static const PolyaPlugin *plugin_at(uint32_t index) {
  (void)index;
  return PLUGIN_AT;
}

static const PolyaModule module = {
  .struct_size = sizeof module, .magic = POLYA_MAGIC, .abi_major = POLYA_ABI_MAJOR, .abi_minor = POLYA_ABI_MINOR,
  .zero = MODULE_ZERO, .plugin_count = PLUGIN_COUNT, .name = TEXT("good"), .version = TEXT("1.0.0"),
  .plugin_at = plugin_at,
};

const PolyaModule *polya_plugin_entry(const PolyaHost *host) {
  the_host = host;
  ON_ENTRY;
  return ENTRY;
}
