# SPDX-License-Identifier: MIT
# python: dicts, JSON, threads, processes, generators, once more with malloc
# needs: python3
# quick: yes

cat >work.py <<'END'
import collections, concurrent.futures, gc, hashlib, json, re, threading
import multiprocessing, random, zlib

random.seed(7)
table = {f"key{i}": [i, str(i) * (i % 9), {"n": i / 7}]
         for i in range(40000)}
text = json.dumps(table, sort_keys=True)
print(len(text), hashlib.md5(text.encode()).hexdigest())
back = json.loads(text)
print(back == table, len(zlib.compress(text.encode(), 1)))

words = collections.Counter(re.findall(r"[0-9]{3}", text))
print(words.most_common(3))

class Node:
    def __init__(self, left, right):
        self.left, self.right, self.me = left, right, self

def tree(depth):
    return Node(tree(depth - 1), tree(depth - 1)) if depth else None

def count(node):
    return 1 + count(node.left) + count(node.right) if node else 0

print(count(tree(14)))
gc.collect()

def work(seed):
    rng = random.Random(seed)
    parts = [bytes(rng.randrange(2000)) for i in range(3000)]
    rng.shuffle(parts)
    kept = parts[::3]
    del parts
    return sum(map(len, kept)), len(b"".join(kept))

with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print(list(pool.map(work, range(24))))

lock, total = threading.Lock(), [0]
def add():
    for i in range(200):
        with lock:
            total[0] += len([x for x in range(i)])
for round in range(20):
    threads = [threading.Thread(target=add) for i in range(8)]
    for t in threads: t.start()
    for t in threads: t.join()
print(total)

with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(work, range(8)))
big = 3 ** 30000
print(big % 10 ** 20, len(str(sorted(table)[:20000])))
END
python3 work.py
PYTHONMALLOC=malloc python3 work.py
