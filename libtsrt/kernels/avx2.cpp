#define TSRT_LANES 8
#define TSRT_ROWS 3
#define TSRT_KERNELS avx2_kernels
#define TSRT_NAME "avx2"
#include "kernels/body.h"
