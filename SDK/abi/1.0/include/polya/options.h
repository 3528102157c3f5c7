/* options.h - typed options: described by the plugin, checked and completed by the host. */
#ifndef POLYA_OPTIONS_H
#define POLYA_OPTIONS_H

#include "base.h"

POLYA_BEGIN

enum {
  POLYA_OPT_BOOL = 1, POLYA_OPT_INT, POLYA_OPT_REAL, POLYA_OPT_TEXT, POLYA_OPT_CHOICE,
  POLYA_OPT_PATH,    /* relative to the manifest; arrives absolute */
  POLYA_OPT_BYTES,   /* a size: 1048576 or "1 MiB" */
  POLYA_OPT_SECONDS, /* a duration: 1.5 or "90 s" */
  POLYA_OPT_SECRET,  /* "env:NAME" or "file:PATH"; never logged or stored */
  POLYA_OPT_JSON,    /* anything, as JSON text */
  POLYA_OPT_MODEL    /* the name of a model of the manifest, see services.h */
};
enum { POLYA_OPTF_REQUIRED = 1, POLYA_OPTF_LIST = 2 };

typedef struct PolyaChoice { PolyaText value, help; } PolyaChoice;

typedef struct PolyaOption {
  PolyaText key;            /* [a-z][a-z0-9-]{0,63}, unique in the plugin */
  PolyaText help;           /* one sentence, shown by `polya plugin help` */
  PolyaText default_json;   /* JSON literal; empty: none */
  uint32_t  type, flags;
  int64_t   int_min, int_max;   /* both 0: open */
  double    real_min, real_max; /* both 0, or NaN: open */
  PolyaRows choices;        /* PolyaChoice */
} PolyaOption;

/* values[i] answers options[i]: defaults are filled in, types and ranges are checked. An option that was neither
 * given nor has a default arrives with type 0. */
typedef struct PolyaValue {
  uint32_t type, zero;
  int64_t  integer;   /* BOOL, INT, BYTES, CHOICE (index) */
  double   real;      /* REAL, SECONDS */
  PolyaText text;     /* TEXT, PATH (absolute), SECRET, JSON, CHOICE, MODEL */
  PolyaRows list;     /* PolyaValue, for LIST options */
} PolyaValue;

POLYA_END
#endif
