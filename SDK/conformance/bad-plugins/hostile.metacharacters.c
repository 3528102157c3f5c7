/* hostile.metacharacters: hands the text to printf as the format; abort() stands for what %n does. */
#define ON_ROW if (contains(item->completion, "%n")) abort()
#include "good_reward.h"
