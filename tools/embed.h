/* SPDX-License-Identifier: MIT */
/*
 * embed.h - a file as a string of the program, so that pages carry their
 * scripts and the program needs no files of its own.
 *
 * The assembler includes it, at compile time. The name is built on __FILE__:
 * what belongs to x.c is called x.c.js, x.c.css, and is found from whatever
 * directory the compiler runs in. (C23 has #embed for this.)
 */
#ifndef TOOLS_EMBED_H
#define TOOLS_EMBED_H

/* clang-format off */
#define EMBED(name, file)                                     \
	extern const char name[];                             \
	__asm__(".pushsection .rodata\n"                      \
		".global " #name "\n"                         \
		".hidden " #name "\n"                         \
		#name ":\n"                                   \
		".incbin \"" file "\"\n"                      \
		".byte 0\n"                                   \
		".popsection\n")
/* clang-format on */

#endif
