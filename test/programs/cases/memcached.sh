# SPDX-License-Identifier: MIT
# memcached: 40,000 items stored and read by four connections
# needs: memcached python3

chmod 777 .
serve "${unprivileged[@]}" memcached -s "$PWD/socket" -a 777 -t 4 -m 32
wait_for test -S socket
preloaded "$server"
python3 - <<'END'
import socket, threading

def client(n, results):
    s = socket.socket(socket.AF_UNIX)
    s.connect("socket")
    f = s.makefile("rwb")
    stored = total = 0
    for i in range(0, 5000, 100):
        for j in range(i, i + 100):
            value = b"%d" % (j * n) * (j % 30 + 1)
            f.write(b"set k%d.%d 0 0 %d\r\n%s\r\n" %
                    (n, j, len(value), value))
        f.flush()
        stored += sum(f.readline() == b"STORED\r\n" for j in range(100))
    for i in range(0, 5000, 100):
        keys = b" ".join(b"k%d.%d" % (n, j) for j in range(i, i + 100))
        f.write(b"get " + keys + b"\r\n")
        f.flush()
        while (line := f.readline()) != b"END\r\n":
            total += int(line.split()[3])
            f.read(int(line.split()[3]) + 2)
    results[n] = (stored, total)

results = {}
threads = [threading.Thread(target=client, args=(n, results))
           for n in range(1, 9)]
for t in threads: t.start()
for t in threads: t.join()
print(sorted(results.items()))
END
stop_server
