# SPDX-License-Identifier: MIT
"""What `make demo` runs: objects, strings, JSON and a large array."""

import json
import os

# Python serves small objects from its own pools unless told otherwise.
if os.environ.get("PYTHONMALLOC") != "malloc":
    import sys
    os.environ["PYTHONMALLOC"] = "malloc"
    os.execv(sys.executable, [sys.executable, *sys.argv])

orders = [{"id": i, "item": f"item-{i % 977}", "tags": ["a" * (i % 40)] * 3,
           "price": i * 1.01} for i in range(60000)]
text = json.dumps(orders)
back = json.loads(text)
by_item = {}
for order in back:
    by_item.setdefault(order["item"], []).append(order["price"])
blob = bytearray(24 << 20)
blob[::4096] = b"x" * len(blob[::4096])
totals = {item: round(sum(prices), 2) for item, prices in by_item.items()}
print(f"{len(back)} orders, {len(totals)} items, {len(text)} bytes of JSON,",
      f"total {sum(totals.values()):.2f}")
