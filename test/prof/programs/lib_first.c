/* SPDX-License-Identifier: MIT */
/* lib_first - a way through a library; lib_second has larger frames. */
#include "lib_way.h"
