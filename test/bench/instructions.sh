#!/bin/bash
# SPDX-License-Identifier: MIT
#
# instructions.sh - how many instructions a malloc and a free take, by size, for
# every allocator present. Options are those of micro.py, such as --batch 1.

exec python3 "$(dirname "$0")/micro.py" instructions "$@"
