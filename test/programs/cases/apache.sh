# SPDX-License-Identifier: MIT
# apache: 100 files from a threaded server over loopback, a graceful restart
# needs: apache2 curl

modules=/usr/lib/apache2/modules
[ -e $modules/mod_mpm_event.so ] || skip "no modules in $modules"
mkdir www
numbers 20000 >data
for i in {1..100}; do
	head -n $((i * i % 4000 + 1)) data >"www/file$i.txt"
done
port=$(free_port)
cat >httpd.conf <<END
ServerRoot $PWD
ServerName localhost
DefaultRuntimeDir $PWD
PidFile $PWD/httpd.pid
Listen 127.0.0.1:$port
ErrorLog $PWD/error.log
Mutex file:$PWD default
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule deflate_module $modules/mod_deflate.so
LoadModule filter_module $modules/mod_filter.so
LoadModule alias_module $modules/mod_alias.so
LoadModule rewrite_module $modules/mod_rewrite.so
ServerLimit 2
StartServers 2
ThreadsPerChild 8
MaxRequestWorkers 16
DocumentRoot $PWD/www
SetOutputFilter DEFLATE
RewriteEngine on
RewriteRule ^/alias/(.*)$ /\$1 [L]
END

get()
{
	curl -sS --no-progress-meter "$@"
}

serve apache2 -d "$PWD" -f "$PWD/httpd.conf" -DFOREGROUND
wait_for get -f "http://127.0.0.1:$port/file1.txt"
preloaded "$server"
get "http://127.0.0.1:$port/file[1-100].txt" | md5sum
get --compressed --parallel --parallel-max 8 -o 'out/#1' \
	"http://127.0.0.1:$port/alias/file[1-60].txt"
kill -USR1 "$server"
sleep 0.5
get "http://127.0.0.1:$port/file77.txt" | md5sum
get -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$port/missing"
stop_server
grep -E 'Segmentation|Aborted|seg fault' error.log || :
