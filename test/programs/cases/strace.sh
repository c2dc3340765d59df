# SPDX-License-Identifier: MIT
# strace: strace -f -c and a trace of a shell, its pipes and its threads
# needs: strace python3
# quick: yes

strace -f -c -o summary sh -c 'ls / | sort | wc -c >/dev/null; echo done' ||
	skip "strace may not trace here"
# How often memory is mapped is the allocator's own affair.
awk '$NF ~ /^(execve|pipe2|wait4|getdents64)$/ { print $NF, $4 }' summary |
	sort
strace -f -qq -e trace=execve,chdir,unlink -e signal=none -o trace \
	sh -c 'cd tmp; touch x; for i in 1 2 3; do ls -l x; done; rm x' |
	wc -l
awk '{ $1 = ""; print }' trace | sed 's|0x[0-9a-f]* /.*/|ENVIRONMENT|' | sort
strace -f -qq -e trace=none -o /dev/null python3 -c '
import threading
lists = []
threads = [threading.Thread(target=lambda: lists.append([0] * 10000))
           for i in range(20)]
for t in threads: t.start()
for t in threads: t.join()
print(sum(map(len, lists)))'
