/* load.leaves-nothing: opens a file when it is loaded, and keeps it. */
#include <fcntl.h>
#define ON_ENTRY opened()
static void opened(void) {
  static int once;
  if (!once++) once += open("/dev/null", O_RDONLY);
}
#include "good_reward.h"
