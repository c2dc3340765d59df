# SPDX-License-Identifier: MIT
# gcc: a large C file, with and without optimisation; objects byte by byte
# needs: gcc
# quick: yes

c_source 400 >big.c
gcc -O2 -g -Wall -Wextra -c big.c -o out/big-O2.o
gcc -O0 -S big.c -o out/big.s
gcc -flto=2 -O1 big.c -o big
./big
objdump -d out/big-O2.o | md5sum
# A compiler that must fail tells why, and with which status.
echo 'int main(void) { return undeclared + "x" * 2; }' >bad.c
gcc -fdiagnostics-color=never bad.c || echo "status $?"
