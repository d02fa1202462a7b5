#define TSRT_LANES 16
#define TSRT_ROWS 6
#define TSRT_KERNELS avx512_kernels
#define TSRT_NAME "avx512"
#include "kernels/body.h"
