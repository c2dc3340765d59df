/* SPDX-License-Identifier: MIT */
/*
 * list_sort.c - linux/list_sort.h: merging from the bottom up. Slot i of the
 * counter holds a sorted run of 2^i elements or none; a new element carries
 * through the full slots, as adding 1 to a binary number does. Runs are
 * singly linked, and ended by NULL, until the last merge.
 */
#include <linux/list_sort.h>

#include <linux/list.h>

#undef list_sort

struct sorting {
	void *priv;
	list_cmp_func_t cmp;
};

/* @a's elements stood before @b's: equal ones stay so. */
static struct list_head *merge(const struct sorting *s, struct list_head *a,
			       struct list_head *b)
{
	struct list_head *head = NULL, **tail = &head;

	while (a && b) {
		struct list_head **from = s->cmp(s->priv, a, b) > 0 ? &b : &a;

		*tail = *from;
		tail = &(*from)->next;
		*from = *tail;
	}
	*tail = a ? a : b;
	return head;
}

void list_sort(void *priv, struct list_head *head, list_cmp_func_t cmp)
{
	const struct sorting s = { priv, cmp };
	struct list_head *runs[64] = { NULL }, *run, *next, *prev;
	int i;

	for (struct list_head *p = head->next; p != head; p = next) {
		next = p->next;
		p->next = NULL;
		for (run = p, i = 0; runs[i]; i++) {
			run = merge(&s, runs[i], run);
			runs[i] = NULL;
		}
		runs[i] = run;
	}
	for (run = NULL, i = 0; i < 64; i++)
		if (runs[i])
			run = merge(&s, runs[i], run);
	for (prev = head; run; prev = run, run = run->next) {
		prev->next = run;
		run->prev = prev;
	}
	prev->next = head;
	head->prev = prev;
}
