# SPDX-License-Identifier: MIT
# clang: a large C file, optimised; the object's bytes
# needs: clang

c_source 400 >big.c
clang -O2 -g -Wall -c big.c -o out/big.o
clang out/big.o -o big
./big
clang -S -emit-llvm -O1 big.c -o out/big.ll
