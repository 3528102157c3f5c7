/* polya.h - the C interface between the polya host and its plugins. ABI 1.1.
 *
 * A plugin is a shared object that exports ONE symbol, polya_plugin_entry(). This is the only header to include.
 *
 * Rules that hold everywhere, so they are not repeated at each function:
 *  M1  Arguments are borrowed: valid until the function returns, never kept, never freed.
 *  M2  A result may point into this call's inputs, into constant memory of the module, or into call->alloc()
 *      memory, which the host drops as a whole. Nobody frees the other side's memory.
 *  M3  Text is valid UTF-8, carries its length, has no terminator and may contain U+0000.
 *      Data that may be broken UTF-8 is PolyaBytes.
 *  E1  Nothing unwinds across this interface: no C++ exception, Rust panic, Swift error, longjmp.
 *  T1  The host calls one instance at most once at a time, on any of its threads, and several instances at once unless
 *      the plugin is SERIAL_MODULE. [any] marks what may be called from every thread at any time and returns quickly.
 *  G1  Structs grow at the end only. A reader tests POLYA_HAS() before a field newer than 1.0 and never demands
 *      a size larger than the 1.0 size. Unknown enum values mean "treat as default".
 */
#ifndef POLYA_POLYA_H
#define POLYA_POLYA_H

#define POLYA_ABI_MAJOR 1
#define POLYA_ABI_MINOR 1

#include "base.h"
#include "host.h"
#include "options.h"
#include "plugin.h"
#include "strategy.h"
#include "reward.h"
#include "model.h"
#include "tasks.h"
#include "services.h"

#endif
