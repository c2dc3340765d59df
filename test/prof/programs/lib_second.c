/* SPDX-License-Identifier: MIT */
#define ROOM 400
#include "lib_way.h"
