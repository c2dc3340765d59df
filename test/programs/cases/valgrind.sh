# SPDX-License-Identifier: MIT
# valgrind: memcheck replaces the library's malloc with its own, finds errors
# needs: valgrind gcc

cat >program.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void)
{
	char *text = malloc(40), *lost = strdup("lost");
	long sum = 0;
	int i;

	for (i = 0; i < 1000; i++) {
		int *list = calloc(i + 1, sizeof(*list));

		list[i] = i;
		sum += list[i];
		free(list);
	}
	strcpy(text, "text");
	printf("%ld %s\n", sum, text);
	text[40] = lost[0];
	free(text);
	lost = NULL;
	return !!lost;
}
END
gcc -g -O0 -o program program.c
valgrind -q --leak-check=full ./program 2>log
# Process ids and addresses are of this run only.
sed -E 's/^==[0-9]+==/==/; s/0x[0-9A-Fa-f]+/ADDRESS/g; s/\(in .*\)//' log |
	grep -E 'Invalid|definitely|program.c|after a block'
