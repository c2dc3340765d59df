/* SPDX-License-Identifier: MIT */
/* minmax.h - smaller, larger, between; each argument is evaluated once. */
#ifndef KV_LINUX_MINMAX_H
#define KV_LINUX_MINMAX_H

#ifndef __cplusplus
#define __cmp_kv(a, op, b)                       \
	__extension__({                          \
		__typeof__(a) a_ = (a);          \
		__typeof__(b) b_ = (b);          \
		a_ op b_ ? a_ : b_;              \
	})
#define min(a, b)	__cmp_kv(a, <, b)
#define max(a, b)	__cmp_kv(a, >, b)
#define min3(a, b, c)	min(min(a, b), c)
#define max3(a, b, c)	max(max(a, b), c)
#define clamp(v, lo, hi) min(max(v, lo), hi)
#define swap(a, b)                               \
	do {                                     \
		__typeof__(a) swap_ = (a);       \
		(a) = (b);                       \
		(b) = swap_;                     \
	} while (0)
#endif /* C++ has std::min() and would not compile with these */
#define min_t(type, a, b)                        \
	__extension__({                          \
		type a_ = (type)(a);             \
		type b_ = (type)(b);             \
		a_ < b_ ? a_ : b_;               \
	})
#define max_t(type, a, b)                        \
	__extension__({                          \
		type a_ = (type)(a);             \
		type b_ = (type)(b);             \
		a_ > b_ ? a_ : b_;               \
	})
#define clamp_t(type, v, lo, hi) min_t(type, max_t(type, v, lo), hi)
#define clamp_val(v, lo, hi)	clamp_t(__typeof__(v), v, lo, hi)
#define min_not_zero(a, b)                       \
	__extension__({                          \
		__typeof__(a) x_ = (a);          \
		__typeof__(b) y_ = (b);          \
		x_ == 0 ? y_ : y_ == 0 ? x_ : x_ < y_ ? x_ : y_; \
	})

#endif
