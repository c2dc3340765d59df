#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# objects.pl - hashes of arrays, strings split and joined, a sort.
use strict;
use warnings;

my ($seed, $sum, %store) = (42, 0);

sub rnd {
	$seed = ($seed * 1103515245 + 12345) % 2147483648;
	return int($seed / 65536) % $_[0];
}

for my $i (1 .. 350000) {
	my $key = "key" . rnd(20000);
	$sum += @{ $store{$key}{list} } if $store{$key};
	if (rnd(3) == 0) {
		delete $store{$key};
	} else {
		$store{$key} = { name => "item $i", list => [ 1 .. rnd(12) ] };
	}
}
my $text = join(',', map { "$_=" . $store{$_}{name} } sort keys %store);
for (1 .. 6) {
	my @fields = split(/,/, $text);
	my %back = map { split(/=/, $_, 2) } @fields;
	$sum += keys %back;
	$text = join(',', sort { $a cmp $b } @fields);
}
print "$sum ", length($text), "\n";
