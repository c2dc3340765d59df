# SPDX-License-Identifier: MIT
# redis: redis-benchmark, a Lua script, BGSAVE by fork, the data after restart
# needs: redis-server redis-cli redis-benchmark
# quick: yes

start()
{
	serve redis-server --port 0 --unixsocket redis.sock --save '' \
		--appendonly no --daemonize no --dir "$PWD" \
		--enable-debug-command yes
	wait_for redis-cli -s redis.sock ping
	preloaded "$server"
}

cli()
{
	redis-cli -s redis.sock "$@"
}

last_save()
{
	[ "$(cli info persistence | grep -c 'rdb_bgsave_in_progress:0')" = 1 ]
}

start
redis-benchmark -s redis.sock -q -n 20000 -c 20 -P 4 \
	-t set,get,incr,lpush,rpop,sadd,hset,zadd,lrange_100 >benchmark.log
cli dbsize
awk 'BEGIN {
	for (i = 0; i < 30000; i++) {
		printf "SET string:%d %0*d\r\n", i, i % 300 + 1, i
		printf "HSET hash:%d f%d %d\r\n", i % 500, i, i * 3
		printf "ZADD sorted:%d %d m%d\r\n", i % 7, i * 7919 % 1009, i
		if (i % 3 == 0)
			printf "DEL string:%d\r\n", i / 3
	}
}' | cli --pipe | grep errors
cli eval 'local t = {} for i = 1, 20000 do t[i] = string.rep("x", i % 99) end
	return #table.concat(t)' 0
before=$(cli debug digest)
echo "$before" | tail -n 1
cli bgsave >/dev/null
# Writing while the child saves copies pages.
redis-benchmark -s redis.sock -q -n 10000 -t mset -d 100 >>benchmark.log
wait_for last_save
cli info persistence | grep -a rdb_last_bgsave_status
stop_server
start
after=$(cli debug digest)
[ "$before" = "$after" ] && echo "same data"
cli zrange sorted:3 0 4 withscores
cli hlen hash:77
cli strlen string:29999
stop_server
grep -ai -e crash -e bug server.log || :
