# SPDX-License-Identifier: MIT
# musl: a program of another C library, which meets our library all the same
# needs: musl-gcc
# quick: yes

cat >work.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static void *thread(void *arg)
{
	char *text = calloc(1, 100000);

	memset(text, *(int *)arg, 99999);
	printf("%zu\n", strlen(text));
	free(text);
	return NULL;
}
int main(void)
{
	int letter = 'x', i;
	pthread_t tid;

	for (i = 0; i < 8; i++) {
		pthread_create(&tid, NULL, thread, &letter);
		pthread_join(tid, NULL);
	}
	for (i = 0; i < 10000; i++)
		free(realloc(malloc(i), i * 3 + 1));
	return 0;
}
END
musl-gcc -pthread -o work work.c
./work
