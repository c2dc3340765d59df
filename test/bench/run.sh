#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh - all benchmarks: every workload, or those its options choose (see
# bench.py --help), and, when there are no options, the cost of single calls.

set -u
here=$(dirname "$0")
python3 "$here/bench.py" "$@"
status=$?
[ $# -gt 0 ] || python3 "$here/micro.py" || status=1
exit $status
