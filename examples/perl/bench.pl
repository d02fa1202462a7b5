#!/usr/bin/env perl

# How many nanoseconds a call takes, with a model that does nothing: the median of 15 blocks.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
use Tsrt;

sub run {
    my ($model, $x, $calls) = @_;
    my $sum = 0;
    $sum += $model->forward($x)->item(0) for 1 .. $calls;
    return $sum;
}

if (@ARGV != 1) {
    print STDERR "usage: bench.pl identity.pt\n";
    exit 1;
}
my $model = Tsrt::Model->new($ARGV[0]);
my $x = Tsrt::Array->new(float32 => \pack 'f*', (1) x 4);
run($model, $x, 20_000);
my @blocks;
for (1 .. 15) {
    my $start = clock_gettime(CLOCK_MONOTONIC);
    run($model, $x, 10_000);
    push @blocks, (clock_gettime(CLOCK_MONOTONIC) - $start) * 1e9 / 10_000;
}
printf "%.1f\n", (sort { $a <=> $b } @blocks)[7];
