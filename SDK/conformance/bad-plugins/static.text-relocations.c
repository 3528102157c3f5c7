/* static.text-relocations: has an absolute address in its code, which the loader must patch. */
/* link: -Wl,-z,notext */
#include "good_reward.h"
__asm__(".text\n.balign 8\n.quad polya_plugin_entry\n");
