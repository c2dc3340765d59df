# SPDX-License-Identifier: MIT
# perl: hashes, sorting, regular expressions, closures, fork
# needs: perl
# quick: yes

numbers 60000 >data
cat >work.pl <<'END'
use strict;
use warnings;
use Data::Dumper;
use List::Util qw(sum reduce);

$Data::Dumper::Sortkeys = 1;
my (%sum, %lists);
open my $in, '<', 'data' or die;
while (<$in>) {
	my ($n, $word, $tail) = split;
	$sum{$word} += $n;
	push @{$lists{length $tail}{$word}}, $n;
}
my @top = sort { $sum{$b} <=> $sum{$a} || $a cmp $b } keys %sum;
print "$_ $sum{$_}\n" for @top[0 .. 9];
my ($first) = sort keys %{$lists{3}};
print Dumper($lists{3}{$first}, scalar keys %lists);

my $text = join ' ', map { "$_=$sum{$_}" } sort keys %sum;
(my $copy = $text) =~ s/word(\d+)=(\d+)/<$2:$1>/g;
print length($copy), ' ', unpack('%32C*', $copy), "\n";
my @found = $copy =~ /<(\d{8,}):(\d+)>/g;
print scalar(@found), " $found[-1]\n";

my @make = map { my $n = $_; sub { $n += shift // 1 } } 1 .. 5000;
$_->(3) for @make;
print sum(map { $_->() } @make), "\n";
print length(reduce { "$a$b" } map { 'x' x $_ } 1 .. 600), "\n";

for my $round (1 .. 3) {
	my $pid = fork // die;
	if (!$pid) {
		my %child = map { $_ => [1 .. $_ % 50] } 1 .. 20000;
		exit scalar(keys %child) % 251;
	}
	waitpid $pid, 0;
	print $? >> 8, "\n";
}
printf "%s\n", join ',', map { sprintf '%.3f', sqrt } 1 .. 10;
END
perl work.pl
