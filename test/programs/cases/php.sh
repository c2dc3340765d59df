# SPDX-License-Identifier: MIT
# php: arrays, JSON, sorting, regular expressions, also with malloc throughout
# needs: php
# quick: yes

# php loads its extensions with RTLD_DEEPBIND, which bind to the C library's
# own free: most preloaded allocators crash here at start.
cat >work.php <<'END'
<?php
$table = [];
for ($i = 0; $i < 60000; $i++)
	$table["key" . $i * 7919 % 10007][] = [$i, str_repeat("x", $i % 20)];
ksort($table);
$text = json_encode($table);
echo strlen($text), " ", md5($text), "\n";
$back = json_decode($text, true);
echo $back === $table ? "same" : "different", "\n";
unset($back);
echo preg_match_all('/\[(\d{3}),"(x+)"\]/', $text, $found), "\n";
echo array_sum($found[1]), "\n";
usort($found[2], fn($a, $b) => strlen($a) <=> strlen($b));
echo strlen(end($found[2])), "\n";

class Node { public $self; public function __construct(public $next)
	{ $this->self = $this; } }
$list = null;
for ($i = 0; $i < 50000; $i++)
	$list = new Node($i % 100 ? $list : null);
unset($list);
echo gc_collect_cycles() > 0 ? "collected" : "nothing", "\n";
function words() { for ($i = 0; $i < 20000; $i++) yield "w" . $i % 77; }
print_r(array_slice(array_count_values(iterator_to_array(words())), 0, 4));
echo serialize(new ArrayObject(range(1, 5))), "\n";
printf("%s %s\n", date("Y-m-d", 1e9), number_format(1234567.891, 2));
END
php work.php
USE_ZEND_ALLOC=0 php work.php
php -m | sort >out/modules
