#define TSRT_LANES 4
#define TSRT_ROWS 3
#define TSRT_KERNELS generic_kernels
#define TSRT_NAME "generic"
#include "kernels/body.h"
