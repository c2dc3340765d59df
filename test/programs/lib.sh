#!/bin/bash
# SPDX-License-Identifier: MIT
#
# lib.sh CASE - starts one case; what every case may count on.
#
# The work directory is empty but for out/ (compared afterwards), tmp/ and
# home/. A command that fails ends the case: the script runs with -Eeu and
# pipefail. LD_PRELOAD is set, or not, from outside. Text on stderr counts:
# noise belongs in a file of the work directory.

shopt -s inherit_errexit

trap 'echo "${case##*/}:$LINENO: $BASH_COMMAND: status $?" >&2' ERR

# skip WHY: this machine cannot run the case.
skip()
{
	echo "$*"
	exit 77
}

# wait_for COMMAND...: polls until it succeeds, half a minute at most.
wait_for()
{
	local i

	for ((i = 0; i < 600; i++)); do
		if "$@" >/dev/null 2>&1; then
			return 0
		fi
		sleep 0.05
	done
	echo "in vain: $*" >&2
	return 1
}

# serve COMMAND...: a server, no shell function, in the background: its log in
# server.log, its process id in $server; it ends with the case.
serve()
{
	"$@" >>server.log 2>&1 &
	server=$!
	trap 'stop_server || :' EXIT
}

stop_server()
{
	[ -n "${server-}" ] || return 0
	kill -TERM "$server"
	wait "$server" || :
	server=
}

# preloaded PID: under a library, PID must have it mapped.
preloaded()
{
	if [ -n "${LD_PRELOAD-}" ] &&
	   ! grep -qF "$LD_PRELOAD" "/proc/$1/maps"; then
		echo "$(<"/proc/$1/comm") does not use the library" >&2
		return 1
	fi
}

# first COUNT: the first lines of stdin; unlike head it reads on, so that
# nobody before it in a pipe dies of SIGPIPE.
first()
{
	sed -n "1,$1p"
}

# free_port: a loopback port nobody listens on.
free_port()
{
	local port

	while :; do
		port=$((20000 + RANDOM % 10000))
		if ! (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			echo "$port"
			return
		fi
	done
}

# Before a command: it runs as nobody, where we are root.
unprivileged=()
if [ "$(id -u)" = 0 ]; then
	unprivileged=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi

# numbers COUNT: lines of three pseudo-random fields, always the same.
numbers()
{
	awk -v count="$1" 'BEGIN {
		x = 42
		for (i = 0; i < count; i++) {
			x = (x * 16807) % 2147483647
			y = x % 9973
			print x, "word" y, substr("abcdefghijklmnop", y % 16)
		}
	}'
}

# c_source COUNT: a C file with that many functions of some variety.
c_source()
{
	cat <<-'END'
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	struct node { struct node *next; long key; char name[24]; };
	END
	awk -v count="$1" 'BEGIN {
		for (i = 0; i < count; i++) {
			printf "static long f%d(struct node *n, long x)\n{\n", i
			printf "\tchar buf[%d];\n", 32 + i % 32
			printf "\tfor (; n; n = n->next)\n"
			printf "\t\tswitch ((n->key ^ x) %% %d) {\n", i % 7 + 3
			for (j = 0; j < i % 7 + 3; j++)
				printf "\t\tcase %d: x = x * %d + %s; break;\n",
					j, i + j, j ? "n->key" : "n->name[3]"
			printf "\t\t}\n\tsnprintf(buf, sizeof(buf), "
			printf "\"%%ld\", x);\n"
			printf "\treturn strlen(buf)"
			printf i ? " + f%d(n, x - 1);\n}\n" : ";\n}\n", i - 1
		}
		printf "int main(void)\n{\n\tstruct node n = { .key = 7 };\n"
		printf "\tprintf(\"%%ld\\n\", f%d(&n, 1));\n", count - 1
		printf "\treturn 0;\n}\n"
	}'
}

case=$1
# shellcheck disable=SC1090 # one of cases/*.sh
. "$case"
