# SPDX-License-Identifier: MIT
# make: make -j2 of 40 files into a library and a program, then nothing to do
# needs: make gcc ar
# quick: yes

for i in {1..40}; do
	cat >"f$i.c" <<-END
	#include <stdio.h>
	int f$i(void);
	int f$i(void) { return printf("this is %d\n", $i); }
	END
done
{
	for i in {1..40}; do echo "int f$i(void);"; done
	echo 'int main(void) { return 0'
	for i in {1..40}; do echo "+ (f$i() < 0)"; done
	echo '; }'
} >main.c
cat >Makefile <<'END'
objects := $(patsubst %.c,%.o,$(wildcard f*.c))
program: main.o libf.a
	@$(CC) -o $@ $^
libf.a: $(sort $(objects))
	@$(AR) rcsD $@ $^
%.o: %.c
	@$(CC) -O1 -c -o $@ $<
$(foreach n,1 2 3,$(eval rule$(n): ; @echo $(shell echo rule $(n))))
.PHONY: rule1 rule2 rule3
END
make -s -j2 program
./program
make program
make -n -W f7.c program
make rule1 rule2 rule3
make -pq program 2>/dev/null | grep -c '^f[0-9]*\.o:'
cp libf.a out/
