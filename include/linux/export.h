/* SPDX-License-Identifier: MIT */
/* export.h - symbols are exported by the linker's rules. */
#ifndef KV_LINUX_EXPORT_H
#define KV_LINUX_EXPORT_H

#define EXPORT_SYMBOL(sym)		extern int sym##_is_exported
#define EXPORT_SYMBOL_GPL(sym)		EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_NS(sym, ns)	EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_NS_GPL(sym, ns)	EXPORT_SYMBOL(sym)
#define EXPORT_PER_CPU_SYMBOL(sym)	EXPORT_SYMBOL(sym)
#define EXPORT_PER_CPU_SYMBOL_GPL(sym)	EXPORT_SYMBOL(sym)

#endif
