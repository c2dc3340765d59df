# SPDX-License-Identifier: MIT
# jq: 30,000 objects built, grouped, sorted and rewritten
# needs: jq

numbers 30000 | jq -Rc 'split(" ") | { n: .[0] | tonumber, w: .[1], t: .[2] }' \
	>data
jq -s 'length, (map(.n) | add)' data
jq -s -c 'group_by(.t) | map({ t: .[0].t, count: length,
	max: (max_by(.n) | .w) })' data
jq -c 'select(.n % 1000 == 7) | .w |= ascii_upcase | tojson' data | first 5
jq -s 'map({ (.w): .n }) | add | to_entries | sort_by(.value) | .[-3:]' data
jq -n '[range(50000) | tostring | test("^1.*7$")] | map(select(.)) | length'
jq -s 'sort_by(.w, .n)' data >out/sorted.json
