/* SPDX-License-Identifier: MIT */
/* kstrtox.h - numbers from text: all of it, or -EINVAL or -ERANGE. */
#ifndef KV_LINUX_KSTRTOX_H
#define KV_LINUX_KSTRTOX_H

#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

int kstrtoull(const char *s, unsigned int base, unsigned long long *res);
int kstrtoll(const char *s, unsigned int base, long long *res);
int kstrtoul(const char *s, unsigned int base, unsigned long *res);
int kstrtol(const char *s, unsigned int base, long *res);
int kstrtouint(const char *s, unsigned int base, unsigned int *res);
int kstrtoint(const char *s, unsigned int base, int *res);
int kstrtobool(const char *s, bool *res);
/* Bytes with an optional K, M, G, T; *@end behind what was read. */
unsigned long long memparse(const char *s, char **end);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
