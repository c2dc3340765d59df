# SPDX-License-Identifier: MIT
# nginx: 200 files served, plain, gzipped and proxied; a reload
# needs: nginx curl gzip
# quick: yes

mkdir www logs temp
chmod 777 temp
numbers 30000 >data
for i in {1..200}; do
	head -n $((i * i % 6000 + 1)) data >"www/file$i.txt"
done
cat >nginx.conf <<END
daemon off;
worker_processes 2;
pid $PWD/nginx.pid;
error_log $PWD/logs/error.log info;
events { worker_connections 64; }
http {
	access_log $PWD/logs/access.log;
	client_body_temp_path $PWD/temp/body;
	proxy_temp_path $PWD/temp/proxy;
	fastcgi_temp_path $PWD/temp/fastcgi;
	uwsgi_temp_path $PWD/temp/uwsgi;
	scgi_temp_path $PWD/temp/scgi;
	default_type text/plain;
	gzip on;
	gzip_types text/plain;
	gzip_min_length 1;
	server {
		listen unix:$PWD/front.sock;
		root $PWD/www;
		location /via/ {
			proxy_pass http://unix:$PWD/back.sock:/;
			sub_filter word WORD;
			sub_filter_once off;
			sub_filter_types text/plain;
		}
	}
	server {
		listen unix:$PWD/back.sock;
		root $PWD/www;
	}
}
END
nginx -V 2>&1 | grep -q http_sub_module ||
	sed -i /sub_filter/d nginx.conf

get()
{
	curl -sS --no-progress-meter --unix-socket front.sock "$@"
}

serve nginx -p "$PWD" -e "$PWD/logs/error.log" -c "$PWD/nginx.conf"
wait_for get -f http://localhost/file1.txt
preloaded "$server"
get 'http://localhost/file[1-200].txt' | md5sum
cat www/file{1..200}.txt | md5sum
get -H 'Accept-Encoding: gzip' 'http://localhost/file[1-60].txt' |
	gzip -dc | md5sum
get --parallel --parallel-max 10 'http://localhost/via/file[1-100].txt' \
	-o 'out/#1'
kill -HUP "$server"
wait_for grep -q 'gracefully shutting down' logs/error.log
get -r 100-199 http://localhost/file99.txt
get -o /dev/null -w '%{http_code}\n' http://localhost/missing
stop_server
grep -E 'alert|emerg|crit|signal 11|signal 6' logs/error.log || :
