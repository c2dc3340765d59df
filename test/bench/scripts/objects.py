# SPDX-License-Identifier: MIT
"""objects.py - JSON out and in, dictionaries, strings, a sort."""
import json
import random

random.seed(42)
records = [{"id": i, "name": f"item {i}", "score": random.random(),
            "tags": [random.randrange(1000) for _ in range(i % 8)],
            "nested": {"left": i, "right": str(i) * (i % 5)}}
           for i in range(28000)]
total = 0
for _ in range(2):
    text = json.dumps(records)
    records = json.loads(text)
    index = {r["name"]: r for r in records}
    words = sorted(text.split(", "))
    total += len(text) + len(words) + len(index)
print(total)
