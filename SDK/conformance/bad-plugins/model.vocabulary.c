/* model.vocabulary: decodes ids that it does not have. */
#define WILD_ID(id) (0 && (id))
#include "good_model.h"
