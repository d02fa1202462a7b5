package Tsrt::Dict;

# A hash that keeps its entries in order, and its keys as what they are:
#
#     tie my %amounts, 'Tsrt::Dict', links => 1, rechts => 3;

use strict;
use warnings;

sub TIEHASH {
    my ($class, @entries) = @_;
    my $self = bless { keys => [], values => {}, next => 0 }, $class;
    while (my ($key, $value) = splice @entries, 0, 2) { $self->STORE($key, $value) }
    return $self;
}

sub STORE {
    my ($self, $key, $value) = @_;
    push @{ $self->{keys} }, $key if !exists $self->{values}{$key};
    $self->{values}{$key} = $value;
}

sub FETCH { return $_[0]{values}{ $_[1] } }

sub EXISTS { return exists $_[0]{values}{ $_[1] } }

sub SCALAR { return scalar @{ $_[0]{keys} } }

sub DELETE {
    my ($self, $key) = @_;
    @{ $self->{keys} } = grep { $_ ne $key } @{ $self->{keys} };
    return delete $self->{values}{$key};
}

sub CLEAR {
    my ($self) = @_;
    @$self{qw(keys values)} = ([], {});
}

sub FIRSTKEY {
    my ($self) = @_;
    $self->{next} = 0;
    return $self->NEXTKEY;
}

sub NEXTKEY { return $_[0]{keys}[ $_[0]{next}++ ] }

1;
