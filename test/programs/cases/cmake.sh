# SPDX-License-Identifier: MIT
# cmake: configure, build and test a small project
# needs: cmake ctest gcc make

mkdir src
cat >src/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(small C)
find_package(Threads REQUIRED)
set(names "")
foreach(i RANGE 1 200)
	math(EXPR square "${i} * ${i}")
	string(APPEND names "X(${i}, ${square}) ")
	list(APPEND list "item${i}")
endforeach()
list(SORT list)
list(LENGTH list length)
string(MD5 sum "${list}")
message(STATUS "${length} items, ${sum}")
configure_file(table.h.in table.h)
add_library(table STATIC table.c)
target_include_directories(table PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
add_executable(program main.c)
target_link_libraries(program table Threads::Threads)
enable_testing()
add_test(NAME sum COMMAND program 2686700)
add_test(NAME wrong COMMAND program 1)
set_tests_properties(wrong PROPERTIES WILL_FAIL TRUE)
END
echo '#define TABLE @names@' >src/table.h.in
cat >src/table.c <<'END'
#include "table.h"
#define X(i, square) + square
long sum(void);
long sum(void) { return 0 TABLE; }
END
cat >src/main.c <<'END'
#include <stdio.h>
#include <stdlib.h>
long sum(void);
int main(int argc, char **argv)
{
	printf("%ld\n", sum());
	return argc < 2 || sum() != atol(argv[1]);
}
END
cmake -S src -B build -DCMAKE_BUILD_TYPE=Release >configure.log
grep items configure.log
cmake --build build -j2 | grep -v '^make'
(cd build && ctest) | sed 's/ *[0-9.]* sec.*//'
cp build/table.h out/
