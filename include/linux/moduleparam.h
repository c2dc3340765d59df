/* SPDX-License-Identifier: MIT */
/* moduleparam.h - parameters keep their initial values; a program sets them. */
#ifndef KV_LINUX_MODULEPARAM_H
#define KV_LINUX_MODULEPARAM_H

#define module_param(name, type, perm)	extern int name##_is_a_parameter
#define module_param_named(name, value, type, perm) \
	extern int name##_is_a_parameter
#define module_param_array(name, type, nump, perm) \
	extern int name##_is_a_parameter
#define module_param_string(name, string, len, perm) \
	extern int name##_is_a_parameter
#define MODULE_PARM_DESC(name, text)	extern int name##_is_described

#endif
