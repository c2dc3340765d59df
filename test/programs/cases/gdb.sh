# SPDX-License-Identifier: MIT
# gdb: breakpoints, conditions, back traces, threads, Python in the debugger
# needs: gdb gcc
# quick: yes

cat >program.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct item { int id; char *name; struct item *next; };
static struct item *list;
static int depth(int n) { return n ? depth(n - 1) + 1 : 0; }
static void push(int id)
{
	struct item *item = malloc(sizeof(*item));
	char name[32];

	snprintf(name, sizeof(name), "item %d", id);
	*item = (struct item){ id, strdup(name), list };
	list = item;
}
static void *thread(void *arg)
{
	push(*(int *)arg);
	return NULL;
}
int main(void)
{
	pthread_t tid;
	int i, last = 77;

	for (i = 0; i < 50; i++)
		push(i);
	pthread_create(&tid, NULL, thread, &last);
	pthread_join(tid, NULL);
	printf("%d %s\n", depth(20), list->name);
	return 3;
}
END
gcc -g -O0 -pthread -o program program.c
cat >commands <<'END'
set pagination off
set print address off
set debuginfod enabled off
break program.c:push if id == 40
run
backtrace
print *list
print list->next->name
break program.c:depth if n == 0
continue
print list->id
backtrace 5
finish
info threads
ptype struct item
delete
python n = 0
python item = gdb.parse_and_eval("list")
python
while item:
    n += int(item["id"])
    item = item["next"]
print(n)
end
call (int)strlen(list->name)
continue
print $_exitcode
END
gdb -nx -batch -x commands ./program >log 2>&1 || :
grep -q 'Could not trace' log && skip "gdb may not trace here"
# Thread ids and addresses are of this run only.
grep -v -e '^warning: ' -e 'New Thread' -e 'Thread .*exited' \
	-e libthread_db log |
	sed -E 's/0x[0-9a-f]+/ADDRESS/g; s/LWP [0-9]+/LWP/g;
		s/process [0-9]+/process/g' |
	tr -s ' ' | sed -n '/Breakpoint 1/,$p'
