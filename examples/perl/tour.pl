#!/usr/bin/env perl

# What a model can do, from Perl: the same as in every other language.

use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Tsrt;

binmode STDOUT, ':encoding(UTF-8)';

sub show {
    my ($error) = @_;
    die $error if !ref $error;
    printf "error %d: %s\n", $error->code, $error;
}

sub numbers { return join ' ', map { sprintf '%.3f', $_ } @_ }

sub floats {
    my $packed = pack 'f*', @_;
    return Tsrt::Array->new(float32 => \$packed);
}

sub tour {
    my ($path) = @_;
    eval { Tsrt::Model->new('absent.pt'); 1 } or show($@);

    my $model = Tsrt::Model->new($path);
    my $packed = pack 'f*', 0 .. 5;
    my $x = Tsrt::Array->new(float32 => \$packed, [2, 3]);
    my $y = $model->forward($x);
    printf "forward: [%s] %s\n", join(', ', @{ $y->shape }), numbers($y->values);

    my $into = pack 'f4';
    $model->forward_into([$x], [Tsrt::Array->new(float32 => \$into, [2, 2])]);
    printf "into: %s\n", numbers(unpack 'f*', $into);

    my $shares = $model->run('shares', 'größe-', { links => 1.0, rechts => 3.0 });
    print 'shares:', (map { sprintf ' %s=%.3f', $_, $shares->{$_} } keys %$shares), "\n";

    printf "average: %s\n", numbers(map { $model->run('average', floats($_, $_)) } 1 .. 3);
    eval { $model->run('average', floats()); 1 } or show($@);
    printf "average: %s\n", numbers($model->run('average', floats(4, 4)));
}

if (@ARGV != 1) {
    print STDERR "usage: tour.pl model.pt\n";
    exit 1;
}
tour(@ARGV);
printf "live handles: %d\n", Tsrt::live_handles();
