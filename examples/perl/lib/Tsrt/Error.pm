package Tsrt::Error;

# What the functions of tsrt die with. As text it is its message.

use strict;
use warnings;
use overload '""' => sub { $_[0]{message} }, fallback => 1;
use Encode ();
use Tsrt::FFI;

# Dies with the error at this address, which is freed.
sub throw {
    my ($class, $error) = @_;
    my $self = bless {
        code    => Tsrt::FFI::tsrt_error_code($error),
        message => Encode::decode('UTF-8', Tsrt::FFI::tsrt_error_message($error)),
        detail  => Encode::decode('UTF-8', Tsrt::FFI::tsrt_error_detail($error)),
    }, $class;
    Tsrt::FFI::tsrt_error_free($error);
    die $self;
}

# A number of tsrt.h, such as 2 for TSRT_NOT_FOUND.
sub code { return $_[0]{code} }

sub message { return $_[0]{message} }

# The longer story, such as the traceback through the model's code; or ''.
sub detail { return $_[0]{detail} }

1;
