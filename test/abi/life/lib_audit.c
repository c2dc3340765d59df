/* SPDX-License-Identifier: MIT */
/* The smallest auditing library: it only says that it is there, on fd 9. */
#include <link.h>
#include <unistd.h>

unsigned int la_version(unsigned int version)
{
	return write(9, "a", 1) == 1 ? version : 0;
}
