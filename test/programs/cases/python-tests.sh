# SPDX-License-Identifier: MIT
# python-tests: CPython's own regression tests of json, threading, dict, ...
# needs: python3
# timeout: 120

python3 -c 'import test.test_json, test.test_dict' 2>/dev/null ||
	skip "python3 has come without its regression tests"

tests="test_json test_threading test_dict test_mmap test_list"
# -u none: no sound, no network, no tests of many gigabytes.
# shellcheck disable=SC2086 # a list of words
python3 -m test -v -u none $tests >log 2>&1 || {
	grep -E '^(FAIL|ERROR|Fatal)|test.* failed' log >&2
	exit 1
}
# The verdict on each test; other lines of theirs hold times and addresses.
sed -n 's/ \.\.\. .*\(ok\|FAIL\|ERROR\)$/: \1/p;/^Ran/s/ in .*//p' log |
	LC_ALL=C sort
