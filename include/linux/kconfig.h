/* SPDX-License-Identifier: MIT */
/*
 * kconfig.h - is CONFIG_X set? A program sets with -DCONFIG_X=1 what its code
 * is to see; what is not defined is off.
 */
#ifndef KV_LINUX_KCONFIG_H
#define KV_LINUX_KCONFIG_H

/* A macro that is 1 puts a comma before the 1 that is then the second. */
#define __kconfig_comma_1		0,
#define __kconfig_second(none, value, ...) value
#define __kconfig_is_1(comma)		__kconfig_second(comma 1, 0, 0)
#define __kconfig_paste(value)		__kconfig_is_1(__kconfig_comma_##value)
#define __is_defined(option)		__kconfig_paste(option)

#define IS_BUILTIN(option)		__is_defined(option)
#define IS_MODULE(option)		0
#define IS_REACHABLE(option)		__is_defined(option)
#define IS_ENABLED(option)		__is_defined(option)

#endif
