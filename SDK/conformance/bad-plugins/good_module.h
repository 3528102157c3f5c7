/* good_module.h - what every plugin of this folder shares: descriptor, options, instance,
    entry. A file includes one of
 * good_reward.h, good_strategy.h, good_tasks.h and good_model.h,
     after it has defined as macros what it does wrong. */
#include <polya/polya.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) { s, sizeof(s) - 1 }
#define AS_TEXT(s) (PolyaText){ s, sizeof(s) - 1 }

struct PolyaInstance {
  uint64_t memory[8]; /* of the bad ones: the good ones keep nothing here */
  void *state;        /* of good_model.h */
};

__attribute__((unused)) static int contains(PolyaText text, const char *word) {
  uint64_t size = strlen(word);
  for (uint64_t i = 0; i + size <= text.size; i++)
    if (!memcmp(text.data + i, word, size)) return 1;
  return 0;
}
__attribute__((unused)) static int equals(PolyaText text, const char *word) {
  return text.size == strlen(word) && (!text.size || !memcmp(text.data, word, text.size));
}

#ifndef ID
#define ID "org.example.good"
#endif
#ifndef VERSION
#define VERSION "1.0.0"
#endif
#ifndef TITLE
#define TITLE "Good"
#endif
#ifndef TRAITS /* POLYA_TRAIT_ bits */
#define TRAITS 0
#endif
#ifndef ON_ENTRY
#define ON_ENTRY
#endif
#ifndef ON_CREATE
#define ON_CREATE
#endif
#ifndef ON_DESTROY
#define ON_DESTROY
#endif
#ifndef ON_START /* of the plugin's main function */
#define ON_START
#endif
#ifndef ON_ROW /* row i of the main function, before it is worked on */
#define ON_ROW
#endif
#ifndef AFTER_ROW
#define AFTER_ROW
#endif
#ifndef BEFORE_RETURN
#define BEFORE_RETURN
#endif
#ifndef STOP
#define STOP                               \
  do {                                     \
    PolyaStatus stop_ = call->stop(call);  \
    if (stop_) return stop_;               \
  } while (0)
#endif
#ifndef FINISHED
#define FINISHED call->finished(call, i)
#endif
#ifndef OPTIONS
#define OPTIONS                                                                                               \
  { .key = TEXT("mode"), .help = TEXT("How to work."), .type = POLYA_OPT_INT, .default_json = TEXT("3"),      \
    .int_min = 1, .int_max = 9 },                                                                             \
  { .key = TEXT("label"), .help = TEXT("A word for logs."), .type = POLYA_OPT_TEXT, .default_json = TEXT("\"x\"") },
#endif
#ifndef CREATE_CHECK
#define CREATE_CHECK                                            \
  if (!POLYA_ROW(PolyaValue, values, 1)->text.size)             \
    return call->fail(call, POLYA_BAD_OPTION, AS_TEXT("label is empty; give a word"));
#endif
#ifndef TABLE
#define TABLE strcmp(id, KIND) ? NULL : (const void *)&functions
#endif
#ifndef PLUGIN_AT
#define PLUGIN_AT index ? NULL : &plugin
#endif
#ifndef ENTRY
#define ENTRY &module
#endif
#ifndef MODULE_ZERO
#define MODULE_ZERO 0
#endif
#ifndef PLUGIN_COUNT
#define PLUGIN_COUNT 1
#endif
#ifndef INTERRUPT
#define INTERRUPT NULL
#endif
#ifndef OPEN_STATE
#define OPEN_STATE 1
#define CLOSE_STATE
#endif

static const PolyaHost *the_host;
