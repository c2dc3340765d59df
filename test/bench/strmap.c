/* SPDX-License-Identifier: MIT */
/*
 * strmap.c - a dictionary from strings to strings under a changing load.
 *
 * Pattern: chained hash table with one block for the entry, one for the key
 * and one for the value; values are replaced by longer or shorter ones with
 * realloc; the bucket array doubles as the table grows. It stands for caches,
 * name servers, script engines' objects: three sizes with one lifetime, and a
 * large array copied now and then.
 */
#include "bench.h"

#define STEPS	5000000
#define MAX_KEY 32
#define KEYS	20000 /* that many different keys are drawn */

struct entry {
	struct entry *next;
	char *key, *value;
	uint64_t hash;
};

static struct map {
	struct entry **bucket;
	size_t mask, used;
} map;

static uint64_t hash_of(const char *s)
{
	uint64_t h = 0xcbf29ce484222325;

	while (*s)
		h = (h ^ (unsigned char)*s++) * 0x100000001b3;
	return h ^ h >> 29;
}

/* 8 to 27 characters, of which the first eight tell keys apart */
static void make_key(char *key, uint64_t id)
{
	size_t len = 8 + id % 20;

	for (size_t i = 0; i < 8; i++)
		key[i] = (char)('a' + (id >> 4 * i & 15));
	memset(key + 8, 'z', len - 8);
	key[len] = '\0';
}

static struct entry **map_find(const char *key, uint64_t hash)
{
	struct entry **e = &map.bucket[hash & map.mask];

	while (*e && ((*e)->hash != hash || strcmp((*e)->key, key)))
		e = &(*e)->next;
	return e;
}

static void map_grow(void)
{
	size_t old = map.mask + 1, mask = 2 * old - 1;
	struct entry **bucket = must(calloc(2 * old, sizeof(*bucket)));

	for (size_t i = 0; i < old; i++) {
		for (struct entry *e = map.bucket[i], *next; e; e = next) {
			next = e->next;
			e->next = bucket[e->hash & mask];
			bucket[e->hash & mask] = e;
		}
	}
	free(map.bucket);
	map.bucket = bucket;
	map.mask = mask;
}

/* The value for @key is @len bytes that repeat the first byte of its hash. */
static void map_set(struct entry **at, const char *key, uint64_t hash,
		    size_t len)
{
	struct entry *e = *at;

	if (!e) {
		e = must(malloc(sizeof(*e)));
		*e = (struct entry){ .hash = hash };
		e->key = must(strdup(key));
		*at = e;
		map.used++;
	}
	e->value = must(realloc(e->value, len + 1));
	memset(e->value, 'a' + (int)(hash % 26), len);
	e->value[len] = '\0';
}

static void map_del(struct entry **at)
{
	struct entry *e = *at;

	*at = e->next;
	free(e->key);
	free(e->value);
	free(e);
	map.used--;
}

static uint64_t lookup(const struct entry *e)
{
	size_t len = strlen(e->value);
	char expected = (char)('a' + (int)(e->hash % 26));

	if (e->value[0] != expected || e->value[len - 1] != expected)
		wrong("a value changed");
	return len;
}

int main(void)
{
	size_t steps = scaled(STEPS);
	uint64_t seed = 4, sum = 0;

	map.mask = 63;
	map.bucket = must(calloc(map.mask + 1, sizeof(*map.bucket)));
	for (size_t i = 0; i < steps; i++) {
		uint64_t r = rnd(&seed), id = (r >> 20) % KEYS;
		struct entry **at;
		char key[MAX_KEY];
		uint64_t hash;

		make_key(key, id);
		hash = hash_of(key);
		at = map_find(key, hash);
		if (*at)
			sum += lookup(*at);
		if (*at && r % 4 == 0)
			map_del(at);
		else
			map_set(at, key, hash, rnd_log(&seed, 3, 9));
		if (map.used > map.mask)
			map_grow();
	}
	return finish(sum + map.used);
}
